"""The database refuses illegal moves of a cut's state.

The table of moves is a copy of credit/loans/rules/products.py; a test keeps the two equal.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION loans_legal_cut_moves() RETURNS TABLE (old_state text, new_state text)
LANGUAGE sql IMMUTABLE AS $$
    VALUES
        ('stands', 'appealed'),
        ('stands', 'ended'),
        ('stands', 'lifted'),
        ('appealed', 'upheld'),
        ('appealed', 'lifted'),
        ('appealed', 'ended'),
        ('upheld', 'lifted'),
        ('upheld', 'ended')
$$;

CREATE FUNCTION loans_refuse_illegal_cut_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM loans_legal_cut_moves() AS legal
        WHERE legal.old_state = OLD.state AND legal.new_state = NEW.state
    ) THEN
        RAISE EXCEPTION 'cut % may not go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'limit_cut_move_legal';
    END IF;
    RETURN NEW;
END
$$;

-- WHEN keeps ordinary updates free of the function call.
CREATE TRIGGER loans_limitcut_move BEFORE UPDATE ON loans_limitcut
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION loans_refuse_illegal_cut_move();
"""

BACKWARD = """
DROP TRIGGER loans_limitcut_move ON loans_limitcut;
DROP FUNCTION loans_refuse_illegal_cut_move();
DROP FUNCTION loans_legal_cut_moves();
"""


class Migration(migrations.Migration):
    """Trigger on state changes."""

    dependencies = [("loans", "0003_watching")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
