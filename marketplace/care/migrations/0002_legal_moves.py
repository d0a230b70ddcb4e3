"""The database refuses illegal moves of a dispute, an offer or an appeal, and edits of what was
said or ruled.

The table of moves is a copy of marketplace/care/rules.py; a test keeps the two equal.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION care_legal_moves() RETURNS TABLE (what text, old_state text, new_state text)
LANGUAGE sql IMMUTABLE AS $$
    VALUES
        ('care_dispute', 'open', 'escalated'),
        ('care_dispute', 'open', 'returning'),
        ('care_dispute', 'open', 'settled'),
        ('care_dispute', 'open', 'withdrawn'),
        ('care_dispute', 'open', 'closed'),
        ('care_dispute', 'escalated', 'returning'),
        ('care_dispute', 'escalated', 'settled'),
        ('care_dispute', 'escalated', 'ruled'),
        ('care_dispute', 'escalated', 'withdrawn'),
        ('care_dispute', 'returning', 'escalated'),
        ('care_dispute', 'returning', 'settled'),
        ('care_dispute', 'returning', 'ruled'),
        ('care_dispute', 'returning', 'withdrawn'),
        ('care_dispute', 'returning', 'closed'),
        ('care_offer', 'open', 'accepted'),
        ('care_offer', 'open', 'refused'),
        ('care_offer', 'open', 'lapsed'),
        ('care_appeal', 'open', 'upheld'),
        ('care_appeal', 'open', 'changed')
$$;

CREATE FUNCTION care_refuse_illegal_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM care_legal_moves() AS legal
        WHERE legal.what = TG_TABLE_NAME
          AND legal.old_state = OLD.state AND legal.new_state = NEW.state
    ) THEN
        RAISE EXCEPTION '% % may not go from % to %', TG_TABLE_NAME, OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_move_legal';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION care_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are added, never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END
$$;

CREATE TRIGGER care_dispute_move BEFORE UPDATE ON care_dispute
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION care_refuse_illegal_move();
CREATE TRIGGER care_offer_move BEFORE UPDATE ON care_offer
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION care_refuse_illegal_move();
CREATE TRIGGER care_appeal_move BEFORE UPDATE ON care_appeal
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION care_refuse_illegal_move();
CREATE TRIGGER care_entry_append_only BEFORE UPDATE OR DELETE ON care_entry
    FOR EACH ROW EXECUTE FUNCTION care_refuse_rewriting();
CREATE TRIGGER care_ruling_append_only BEFORE UPDATE OR DELETE ON care_ruling
    FOR EACH ROW EXECUTE FUNCTION care_refuse_rewriting();
"""

BACKWARD = """
DROP TRIGGER care_ruling_append_only ON care_ruling;
DROP TRIGGER care_entry_append_only ON care_entry;
DROP TRIGGER care_appeal_move ON care_appeal;
DROP TRIGGER care_offer_move ON care_offer;
DROP TRIGGER care_dispute_move ON care_dispute;
DROP FUNCTION care_refuse_rewriting();
DROP FUNCTION care_refuse_illegal_move();
DROP FUNCTION care_legal_moves();
"""


class Migration(migrations.Migration):
    """Triggers on state changes and on history."""

    dependencies = [("care", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
