from django.urls import path

from credit.loans.views import applying, desk, loans, watch, watched

app_name = "loans"
urlpatterns = [
    path("", loans.mine, name="mine"),
    path("apply/<int:shop_id>/", applying.apply, name="apply"),
    path("applications/<int:application_id>/", applying.application, name="application"),
    path("applications/<int:application_id>/notice/", applying.notice, name="notice"),
    path("applications/<int:application_id>/ask/", applying.ask, name="ask"),
    path("<int:loan_id>/", loans.loan, name="loan"),
    path("<int:loan_id>/contract/", loans.contract, name="contract"),
    path("<int:loan_id>/sign/", loans.sign, name="sign"),
    path("<int:loan_id>/repay/", loans.repay, name="repay"),
    path("<int:loan_id>/more-time/", loans.more_time, name="more_time"),
    path("<int:loan_id>/statement/", watched.statement, name="statement"),
    path("<int:loan_id>/statement.csv", watched.statement_file, name="statement_file"),
    path("limits/<int:cut_id>/", watched.cut, name="cut"),
    path("wallet/<int:shop_id>/", loans.wallet_page, name="wallet"),
    path("wallet/<int:shop_id>/out/", loans.take_out, name="take_out"),
    path("wallet/<int:shop_id>/in/", loans.bring_in, name="bring_in"),
    path("desk/", desk.portfolio, name="desk"),
    path("desk/reviews/", desk.reviews, name="desk_reviews"),
    path("desk/reviews/<int:review_id>/", desk.review, name="desk_review"),
    path("desk/applications/", desk.applications, name="desk_applications"),
    path("desk/applications/<int:application_id>/", desk.application, name="desk_application"),
    path("desk/watch/", watch.watch, name="desk_watch"),
    path("desk/limits/", watch.cuts, name="desk_cuts"),
    path("desk/limits/<int:cut_id>/", watch.cut, name="desk_cut"),
    path("desk/loans/<int:loan_id>/", desk.loan, name="desk_loan"),
    path("desk/loans/<int:loan_id>/write-off/", desk.write_off, name="desk_write_off"),
    path("desk/loans/<int:loan_id>/plan/", desk.plan, name="desk_plan"),
]
