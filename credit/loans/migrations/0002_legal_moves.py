"""The database refuses illegal moves of a loan's state.

The table of moves is a copy of credit/loans/rules/products.py; a test keeps the two equal.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION loans_legal_moves() RETURNS TABLE (old_state text, new_state text)
LANGUAGE sql IMMUTABLE AS $$
    VALUES
        ('offered', 'active'),
        ('offered', 'lapsed'),
        ('active', 'late'),
        ('late', 'active'),
        ('active', 'repaid'),
        ('late', 'repaid'),
        ('late', 'written_off')
$$;

CREATE FUNCTION loans_refuse_illegal_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM loans_legal_moves() AS legal
        WHERE legal.old_state = OLD.state AND legal.new_state = NEW.state
    ) THEN
        RAISE EXCEPTION 'loan % may not go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'loan_move_legal';
    END IF;
    RETURN NEW;
END
$$;

-- WHEN keeps ordinary updates free of the function call.
CREATE TRIGGER loans_loan_move BEFORE UPDATE ON loans_loan
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION loans_refuse_illegal_move();
"""

BACKWARD = """
DROP TRIGGER loans_loan_move ON loans_loan;
DROP FUNCTION loans_refuse_illegal_move();
DROP FUNCTION loans_legal_moves();
"""


class Migration(migrations.Migration):
    """Trigger on state changes."""

    dependencies = [("loans", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
