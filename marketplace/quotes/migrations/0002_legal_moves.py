"""The database refuses illegal moves of a request or a quote, and edits of what was offered or said.

The table of moves is a copy of marketplace/quotes/rules.py; a test keeps the two equal.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION quotes_legal_moves() RETURNS TABLE (what text, old_state text, new_state text)
LANGUAGE sql IMMUTABLE AS $$
    VALUES
        ('quotes_quoterequest', 'open', 'accepted'),
        ('quotes_quoterequest', 'open', 'closed'),
        ('quotes_quoterequest', 'open', 'expired'),
        ('quotes_quoterequest', 'expired', 'accepted'),
        ('quotes_quoterequest', 'accepted', 'open'),
        ('quotes_quoterequest', 'accepted', 'expired'),
        ('quotes_quote', 'sent', 'accepted'),
        ('quotes_quote', 'sent', 'declined'),
        ('quotes_quote', 'sent', 'withdrawn'),
        ('quotes_quote', 'sent', 'expired'),
        ('quotes_quote', 'declined', 'sent'),
        ('quotes_quote', 'expired', 'sent'),
        ('quotes_quote', 'withdrawn', 'sent'),
        ('quotes_quote', 'accepted', 'lapsed'),
        ('quotes_quote', 'lapsed', 'sent'),
        ('quotes_quote', 'lapsed', 'accepted')
$$;

CREATE FUNCTION quotes_refuse_illegal_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM quotes_legal_moves() AS legal
        WHERE legal.what = TG_TABLE_NAME
          AND legal.old_state = OLD.state AND legal.new_state = NEW.state
    ) THEN
        RAISE EXCEPTION '% % may not go from % to %', TG_TABLE_NAME, OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_move_legal';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION quotes_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are added, never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END
$$;

CREATE TRIGGER quotes_quoterequest_move BEFORE UPDATE ON quotes_quoterequest
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION quotes_refuse_illegal_move();
CREATE TRIGGER quotes_quote_move BEFORE UPDATE ON quotes_quote
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION quotes_refuse_illegal_move();
CREATE TRIGGER quotes_quoteversion_append_only BEFORE UPDATE OR DELETE ON quotes_quoteversion
    FOR EACH ROW EXECUTE FUNCTION quotes_refuse_rewriting();
CREATE TRIGGER quotes_deal_append_only BEFORE UPDATE OR DELETE ON quotes_deal
    FOR EACH ROW EXECUTE FUNCTION quotes_refuse_rewriting();
CREATE TRIGGER quotes_quoteword_append_only BEFORE UPDATE OR DELETE ON quotes_quoteword
    FOR EACH ROW EXECUTE FUNCTION quotes_refuse_rewriting();
"""

BACKWARD = """
DROP TRIGGER quotes_quoteword_append_only ON quotes_quoteword;
DROP TRIGGER quotes_deal_append_only ON quotes_deal;
DROP TRIGGER quotes_quoteversion_append_only ON quotes_quoteversion;
DROP TRIGGER quotes_quote_move ON quotes_quote;
DROP TRIGGER quotes_quoterequest_move ON quotes_quoterequest;
DROP FUNCTION quotes_refuse_rewriting();
DROP FUNCTION quotes_refuse_illegal_move();
DROP FUNCTION quotes_legal_moves();
"""


class Migration(migrations.Migration):
    """Triggers on state changes and on history."""

    dependencies = [("quotes", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
