"""The database refuses edits of what was written and looked at, and a second decision of a report.

A message's sealed words may be sealed anew under another key, by the owner of the tables alone;
which is why that column is missing from the list.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION talk_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are added, never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END
$$;

CREATE TRIGGER talk_message_kept
    BEFORE DELETE OR UPDATE OF thread_id, side, by_id, key, found, at ON talk_message
    FOR EACH ROW EXECUTE FUNCTION talk_refuse_rewriting();
CREATE TRIGGER talk_messagephoto_kept BEFORE DELETE OR UPDATE ON talk_messagephoto
    FOR EACH ROW EXECUTE FUNCTION talk_refuse_rewriting();
CREATE TRIGGER talk_look_kept BEFORE DELETE OR UPDATE ON talk_look
    FOR EACH ROW EXECUTE FUNCTION talk_refuse_rewriting();

CREATE FUNCTION talk_refuse_second_thoughts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % was decided', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_decided_once';
END
$$;

CREATE TRIGGER talk_report_decided BEFORE UPDATE ON talk_report
    FOR EACH ROW WHEN (OLD.outcome <> 'open' AND NEW.outcome IS DISTINCT FROM OLD.outcome)
    EXECUTE FUNCTION talk_refuse_second_thoughts();
CREATE TRIGGER talk_question_answered BEFORE UPDATE ON talk_question
    FOR EACH ROW WHEN (
        NEW.text <> OLD.text OR (OLD.answer <> '' AND NEW.answer <> OLD.answer)
    )
    EXECUTE FUNCTION talk_refuse_second_thoughts();
"""

BACKWARD = """
DROP TRIGGER talk_question_answered ON talk_question;
DROP TRIGGER talk_report_decided ON talk_report;
DROP FUNCTION talk_refuse_second_thoughts();
DROP TRIGGER talk_look_kept ON talk_look;
DROP TRIGGER talk_messagephoto_kept ON talk_messagephoto;
DROP TRIGGER talk_message_kept ON talk_message;
DROP FUNCTION talk_refuse_rewriting();
"""


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = [("talk", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
