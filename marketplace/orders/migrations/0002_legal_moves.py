"""The database refuses illegal moves of an order's or an escrow's state.

The table of moves is a copy of marketplace/orders/rules.py; a test keeps the two equal.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION orders_legal_moves() RETURNS TABLE (what text, old_state text, new_state text)
LANGUAGE sql IMMUTABLE AS $$
    VALUES
        ('orders_order', 'awaiting_payment', 'paid_held'),
        ('orders_order', 'awaiting_payment', 'expired'),
        ('orders_order', 'awaiting_payment', 'cancelled'),
        ('orders_order', 'expired', 'paid_held'),
        ('orders_order', 'expired', 'cancelled'),
        ('orders_order', 'paid_held', 'shipped'),
        ('orders_order', 'paid_held', 'cancelled'),
        ('orders_order', 'shipped', 'delivered'),
        ('orders_order', 'shipped', 'completed'),
        ('orders_order', 'delivered', 'completed'),
        ('orders_order', 'completed', 'settled'),
        ('orders_escrow', 'open', 'released'),
        ('orders_escrow', 'open', 'refunded'),
        ('orders_escrow', 'open', 'split')
$$;

CREATE FUNCTION orders_refuse_illegal_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM orders_legal_moves() AS legal
        WHERE legal.what = TG_TABLE_NAME
          AND legal.old_state = OLD.state AND legal.new_state = NEW.state
    ) THEN
        RAISE EXCEPTION '% % may not go from % to %', TG_TABLE_NAME, OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_move_legal';
    END IF;
    RETURN NEW;
END
$$;

-- WHEN keeps ordinary updates free of the function call.
CREATE TRIGGER orders_order_move BEFORE UPDATE ON orders_order
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION orders_refuse_illegal_move();
CREATE TRIGGER orders_escrow_move BEFORE UPDATE ON orders_escrow
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION orders_refuse_illegal_move();
"""

BACKWARD = """
DROP TRIGGER orders_escrow_move ON orders_escrow;
DROP TRIGGER orders_order_move ON orders_order;
DROP FUNCTION orders_refuse_illegal_move();
DROP FUNCTION orders_legal_moves();
"""


class Migration(migrations.Migration):
    """Trigger on state changes."""

    dependencies = [("orders", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
