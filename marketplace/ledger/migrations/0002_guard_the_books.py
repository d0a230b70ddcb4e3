"""The ledger's laws, held by the database itself.

Whoever writes these tables, through whichever program, cannot store a transfer that is
unbalanced, incomplete or changed afterwards, nor a balance that its entries do not explain.

The functions name every table with its schema and fix `search_path`, with pg_temp last or absent:
a caller could otherwise put a temporary table or operator of the same name in front of ours.
"""

from django.db import migrations

# SQLSTATE 23514 (check_violation) and 23001 (restrict_violation) both reach Django as
# IntegrityError; services.py tells them apart by the constraint name each one carries.
GUARD = r"""
-- 1. History is not rewritten ------------------------------------------------------------
CREATE FUNCTION public.ledger_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION '% of % is not possible: the ledger only grows', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_only_grows';
END
$$;

CREATE TRIGGER transfer_only_grows BEFORE UPDATE OR DELETE ON public.ledger_transfer
    FOR EACH ROW EXECUTE FUNCTION public.ledger_refuse();
CREATE TRIGGER entry_only_grows BEFORE UPDATE OR DELETE ON public.ledger_entry
    FOR EACH ROW EXECUTE FUNCTION public.ledger_refuse();
CREATE TRIGGER account_stays BEFORE DELETE ON public.ledger_account
    FOR EACH ROW EXECUTE FUNCTION public.ledger_refuse();
-- TRUNCATE fires no row trigger.
CREATE TRIGGER transfer_no_truncate BEFORE TRUNCATE ON public.ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse();
CREATE TRIGGER entry_no_truncate BEFORE TRUNCATE ON public.ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse();
CREATE TRIGGER account_no_truncate BEFORE TRUNCATE ON public.ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse();

-- An account is born empty and open, what it is never changes, and it closes once. The triggers
-- on UPDATE run after it: before it they would cost every transfer a second lock on each account.
CREATE TRIGGER account_born_empty BEFORE INSERT ON public.ledger_account
    FOR EACH ROW WHEN (NEW.balance_minor <> 0 OR NEW.closed_at IS NOT NULL)
    EXECUTE FUNCTION public.ledger_refuse();
CREATE TRIGGER account_is_what_it_is
    AFTER UPDATE OF id, kind, owner_ref, currency, floor_zero, tracked, opened_at
    ON public.ledger_account
    FOR EACH ROW EXECUTE FUNCTION public.ledger_refuse();
CREATE TRIGGER account_closes_once AFTER UPDATE OF closed_at ON public.ledger_account
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL)
    EXECUTE FUNCTION public.ledger_refuse();
-- pg_trigger_depth() is 0 when the UPDATE was not made by a trigger: a balance is thus written
-- by the trigger on entries alone, and there is no setting that a caller could forge.
CREATE TRIGGER account_balance_from_entries AFTER UPDATE OF balance_minor ON public.ledger_account
    FOR EACH ROW WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION public.ledger_refuse();

-- 2. Entries come whole and balanced, and move the stored balances -------------------------
-- All entries of a transfer come in one statement, which can therefore be judged at once.
-- Runs with its owner's rights, because the application's role may not update accounts.
CREATE FUNCTION public.ledger_entries_added() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    leg record;
    this_transfer bigint;
    this_currency text;
    first_currency text;
    one_currency boolean := true;
    total numeric := 0;
    whole boolean;
BEGIN
    -- Anybody may hang a trigger function they can execute on a temporary table of their own.
    IF TG_RELID <> 'public.ledger_entry'::regclass THEN
        RAISE EXCEPTION 'this function serves ledger_entry alone'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- The one place where accounts are locked, always in id order, so that transfers cannot
    -- deadlock. UPDATE of a column outside every key locks FOR NO KEY UPDATE, and a row that
    -- somebody else just closed is seen closed once we hold it.
    FOR leg IN SELECT transfer_id, account_id, amount_minor FROM added ORDER BY account_id LOOP
        IF this_transfer <> leg.transfer_id THEN
            RAISE EXCEPTION 'one statement adds the entries of one transfer'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'one_transfer_a_statement';
        END IF;
        this_transfer := leg.transfer_id;
        UPDATE public.ledger_account SET balance_minor = balance_minor + leg.amount_minor
            WHERE id = leg.account_id AND tracked AND closed_at IS NULL
            RETURNING currency INTO this_currency;
        IF NOT FOUND THEN
            -- An untracked account is not written, so that no platform account is a queue.
            SELECT currency INTO this_currency FROM public.ledger_account
                WHERE id = leg.account_id AND NOT tracked;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'account % is closed or not there', leg.account_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'account_is_open';
            END IF;
        END IF;
        first_currency := coalesce(first_currency, this_currency);
        one_currency := one_currency AND first_currency = this_currency;
        total := total + leg.amount_minor;
    END LOOP;
    IF this_transfer IS NULL THEN
        RETURN NULL;  -- a statement that added no row
    END IF;
    -- Counts entries of earlier statements too: a pair added later is a pair too many. Also
    -- stands in for a foreign key, together with the refusal to delete (part 1).
    SELECT entry_count = (SELECT count(*) FROM public.ledger_entry WHERE transfer_id = this_transfer)
        INTO whole FROM public.ledger_transfer WHERE id = this_transfer;
    IF whole IS NOT TRUE THEN
        RAISE EXCEPTION 'transfer % is not there or declared another number of entries',
            this_transfer USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_is_whole';
    END IF;
    IF total <> 0 OR NOT one_currency AND EXISTS (
        SELECT FROM added JOIN public.ledger_account AS account ON account.id = added.account_id
        GROUP BY account.currency HAVING sum(added.amount_minor) <> 0
    ) THEN
        RAISE EXCEPTION 'transfer % does not sum to zero in each currency', this_transfer
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_is_balanced';
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION public.ledger_entries_added() FROM PUBLIC;

CREATE TRIGGER entries_move_balances AFTER INSERT ON public.ledger_entry
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_entries_added();

-- 3. No transfer without entries ---------------------------------------------------------
-- Asked when the transaction ends, because a transfer's row comes before its entries.
CREATE FUNCTION public.ledger_transfer_has_entries() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM public.ledger_entry WHERE transfer_id = NEW.id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'transfer % has no entries', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_is_whole';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER transfer_is_whole AFTER INSERT ON public.ledger_transfer
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION public.ledger_transfer_has_entries();

-- Balances are written often and indexed never: free room keeps the new version on its page.
ALTER TABLE public.ledger_account SET (fillfactor = 50);
"""

POST = r"""
-- Close empty accounts. Has its owner's rights for the UPDATE; the account's own constraint
-- (account_closed_is_zero) refuses money left behind.
CREATE FUNCTION public.ledger_close(p_accounts bigint[], p_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    closed bigint;
BEGIN
    IF NOT has_table_privilege(session_user, 'public.ledger_transfer', 'INSERT') THEN
        RAISE EXCEPTION 'only a role that may post may close'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.ledger_account SET closed_at = p_at
        WHERE id = ANY (p_accounts) AND closed_at IS NULL;
    GET DIAGNOSTICS closed = ROW_COUNT;
    IF closed <> cardinality(p_accounts) THEN
        RAISE EXCEPTION 'an account to close is closed or not there'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_is_open';
    END IF;
END
$$;

-- Post one transfer in one round trip. A key that is known returns its transfer untouched when
-- the contents are the same, and is refused when they are not. Accounts to close must be among
-- those that move, so that the trigger has locked them in order.
CREATE FUNCTION public.ledger_post(
    p_key text, p_kind text, p_ref text, p_actor text, p_at timestamptz, p_reverses bigint,
    p_accounts bigint[], p_amounts bigint[], p_close bigint[],
    OUT posted_id bigint, OUT replayed boolean
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    same boolean;
BEGIN
    -- Waits for another transaction that posts the same key; the statement after it sees it.
    INSERT INTO public.ledger_transfer (key, kind, entry_count, reverses_id, ref, actor, at)
        VALUES (p_key, p_kind, cardinality(p_accounts), p_reverses, p_ref, p_actor, p_at)
        ON CONFLICT (key) DO NOTHING
        RETURNING id INTO posted_id;
    replayed := posted_id IS NULL;
    IF replayed THEN
        -- Who asks again and when may differ: a person's click and the provider's message
        -- both complete one payment.
        SELECT known.id,
               known.kind = p_kind AND known.ref = p_ref
               AND known.reverses_id IS NOT DISTINCT FROM p_reverses
               AND known.entry_count = cardinality(p_accounts)
               AND known.entry_count = (
                   SELECT count(DISTINCT entry.account_id)
                   FROM public.ledger_entry AS entry
                   JOIN unnest(p_accounts, p_amounts) AS leg (account_id, amount_minor)
                       ON leg.account_id = entry.account_id
                       AND leg.amount_minor = entry.amount_minor
                   WHERE entry.transfer_id = known.id
               )
            INTO posted_id, same
            FROM public.ledger_transfer AS known WHERE known.key = p_key;
        IF NOT same THEN
            RAISE EXCEPTION 'the key % was used for another transfer', p_key
                USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_key_reused';
        END IF;
        RETURN;
    END IF;
    INSERT INTO public.ledger_entry (transfer_id, account_id, amount_minor)
        SELECT posted_id, leg.account_id, leg.amount_minor
        FROM unnest(p_accounts, p_amounts) AS leg (account_id, amount_minor);
    IF cardinality(p_close) > 0 THEN
        IF NOT p_close <@ p_accounts THEN
            RAISE EXCEPTION 'an account to close does not move in this transfer'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'close_what_moves';
        END IF;
        PERFORM public.ledger_close(p_close, p_at);
    END IF;
END
$$;
"""

UNDO = """
DROP FUNCTION public.ledger_post(
    text, text, text, text, timestamptz, bigint, bigint[], bigint[], bigint[]
);
DROP FUNCTION public.ledger_close(bigint[], timestamptz);
"""

UNGUARD = """
ALTER TABLE public.ledger_account RESET (fillfactor);
DROP TRIGGER transfer_is_whole ON public.ledger_transfer;
DROP FUNCTION public.ledger_transfer_has_entries();
DROP TRIGGER entries_move_balances ON public.ledger_entry;
DROP FUNCTION public.ledger_entries_added();
DROP TRIGGER account_balance_from_entries ON public.ledger_account;
DROP TRIGGER account_closes_once ON public.ledger_account;
DROP TRIGGER account_is_what_it_is ON public.ledger_account;
DROP TRIGGER account_born_empty ON public.ledger_account;
DROP TRIGGER account_no_truncate ON public.ledger_account;
DROP TRIGGER entry_no_truncate ON public.ledger_entry;
DROP TRIGGER transfer_no_truncate ON public.ledger_transfer;
DROP TRIGGER account_stays ON public.ledger_account;
DROP TRIGGER entry_only_grows ON public.ledger_entry;
DROP TRIGGER transfer_only_grows ON public.ledger_transfer;
DROP FUNCTION public.ledger_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunSQL(POST, UNDO),
    ]
