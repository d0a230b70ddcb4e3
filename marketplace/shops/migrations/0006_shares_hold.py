"""The database keeps what was agreed about shares, and never promises more than the whole.

The moves of a share's state are a copy of rules.SHARE_MOVES; a test keeps the two equal. The sum is
asked at the end of the transaction: when one share takes another's place, both rows change.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION shops_share_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.shop_id, NEW.share_bp, NEW.proposed_at) IS DISTINCT FROM
       (OLD.shop_id, OLD.share_bp, OLD.proposed_at)
       OR NEW.user_id IS DISTINCT FROM OLD.user_id
       OR OLD.agreed_at IS NOT NULL
          AND (NEW.agreed_at, NEW.since) IS DISTINCT FROM (OLD.agreed_at, OLD.since)
       OR OLD.ended_at IS NOT NULL AND (NEW.ended_at IS NULL OR NEW.ended_at > OLD.ended_at)
    THEN
        RAISE EXCEPTION 'share % was agreed as it is', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'share_keeps_its_terms';
    END IF;
    IF OLD.state <> NEW.state AND NOT (
        OLD.state = 'proposed' AND NEW.state IN ('agreed', 'declined', 'withdrawn')
    ) THEN
        RAISE EXCEPTION 'share % may not go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'share_move_legal';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER share_keeps BEFORE UPDATE ON shops_share
    FOR EACH ROW EXECUTE FUNCTION shops_share_keeps();

-- A sum of shares is largest at the moment at which one of them begins.
CREATE FUNCTION shops_share_within_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM shops_share AS begins
        WHERE begins.shop_id = NEW.shop_id AND begins.state = 'agreed'
          AND (begins.ended_at IS NULL OR begins.ended_at > begins.since)
          AND 10000 < (
              SELECT sum(running.share_bp) FROM shops_share AS running
              WHERE running.shop_id = begins.shop_id AND running.state = 'agreed'
                AND running.since <= begins.since
                AND (running.ended_at IS NULL OR running.ended_at > begins.since)
          )
    ) THEN
        RAISE EXCEPTION 'the shares of shop % are more than the whole', NEW.shop_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shares_within_whole';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER shares_within_whole AFTER INSERT OR UPDATE ON shops_share
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION shops_share_within_whole();
"""

BACKWARD = """
DROP TRIGGER shares_within_whole ON shops_share;
DROP FUNCTION shops_share_within_whole();
DROP TRIGGER share_keeps ON shops_share;
DROP FUNCTION shops_share_keeps();
"""


class Migration(migrations.Migration):
    """Triggers on shares."""

    dependencies = [("shops", "0005_shares")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
