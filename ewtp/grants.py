"""What the login role of web and workers may do: everything but rewrite history.

Run by our `migrate` after every migration, as the owner. Idempotent.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connection

from ewtp.guards import MAY_REWRITE_HISTORY

# Rows of these tables are facts: they are added, never changed or deleted.
APPEND_ONLY_TABLES = (
    "outbox_event",
    "outbox_logentry",
    "ledger_transfer",
    "ledger_entry",
    "rulebook_rulevalue",
    "reasons_statementofreasons",
    "accounts_termsversion",
    "accounts_termsacceptance",
    "orders_providerevent",
    "shops_payoutaccountchange",
    "shops_shareentry",
    "shops_shareaccount",
    "scoring_score",
    "scoring_keptcard",
    "scoring_instalmentnote",
    "scoring_shareview",
    "scoring_loanoutcome",
    "scoring_sourcechoice",
    "loans_application",
    "loans_instalment",
    "loans_repayment",
    "loans_shadowdecision",
    "cases_finding",
    "cases_decision",
    "cases_appealevidence",
    "reports_report",
    "inspections_handover",
    "inspections_inspectionphoto",
    "inspections_result",
    "transparency_block",
    "transparency_bundle",
    "cases_evidencepack",
    "cases_packpart",
    "cases_picturetext",
    "cases_auditsample",
    "cases_refusedcontent",
    "cases_unscanned",
    "cases_shadowscore",
    "notices_threadline",
    "care_entry",
    "care_ruling",
    "hooks_attempt",
    "talk_message",
    "talk_messagephoto",
    "talk_look",
    "quotes_quoteversion",
    "quotes_deal",
    "quotes_quoteword",
)
# Balances are written by the ledger's own triggers and functions alone.
LEDGER_ACCOUNT = "ledger_account"
LEDGER_ACCOUNT_INSERT = "kind, owner_ref, currency, floor_zero, tracked, opened_at"


def app_role() -> str:
    """Return the user name in DATABASE_APP_URL."""
    return unquote(urlsplit(settings.DATABASE_APP_URL).username or "")


def owns_tables() -> bool:
    """Say whether the connected role could rewrite history: an owner of tables, or a superuser."""
    with connection.cursor() as cursor:
        cursor.execute(MAY_REWRITE_HISTORY)
        return bool(cursor.fetchone()[0])


def apply() -> None:
    """Give the application role its rights on the tables of the connected database."""
    if app_role() == connection.settings_dict["USER"]:
        return  # one role for everything: a developer's own server, never production
    role = connection.ops.quote_name(app_role())
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        cursor.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
        )
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
        for table in APPEND_ONLY_TABLES:
            if table in present:
                cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}")
        if LEDGER_ACCOUNT in present:
            cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON {LEDGER_ACCOUNT} FROM {role}")
            cursor.execute(f"GRANT INSERT ({LEDGER_ACCOUNT_INSERT}) ON {LEDGER_ACCOUNT} TO {role}")
        cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}")
