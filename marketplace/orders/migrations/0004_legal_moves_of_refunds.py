"""The table of legal moves learns refunds and chargebacks (a copy of rules.py; a test compares)."""

from django.db import migrations

TABLE = """
CREATE OR REPLACE FUNCTION orders_legal_moves()
RETURNS TABLE (what text, old_state text, new_state text)
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
        ('orders_escrow', 'open', 'split'),
        ('orders_refund', 'owed', 'done'),
        ('orders_refund', 'done', 'reversed'),
        ('orders_chargeback', 'open', 'won'),
        ('orders_chargeback', 'open', 'lost')
$$;
"""
FORWARD = (
    TABLE
    + """
CREATE TRIGGER orders_refund_move BEFORE UPDATE ON orders_refund
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION orders_refuse_illegal_move();
CREATE TRIGGER orders_chargeback_move BEFORE UPDATE ON orders_chargeback
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION orders_refuse_illegal_move();
"""
)
BACKWARD = """
DROP TRIGGER orders_chargeback_move ON orders_chargeback;
DROP TRIGGER orders_refund_move ON orders_refund;
"""


class Migration(migrations.Migration):
    """Triggers on state changes."""

    dependencies = [("orders", "0003_trading")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
