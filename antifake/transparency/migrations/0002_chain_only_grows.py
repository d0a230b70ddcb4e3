"""The chain of seals is not rewritten, whoever asks (its owner can take the triggers away, and is
then found out by the verifier)."""

from django.db import migrations

GUARD = r"""
CREATE FUNCTION public.transparency_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION '% of % is not possible: the chain only grows', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'chain_only_grows';
END
$$;
CREATE TRIGGER block_only_grows BEFORE UPDATE OR DELETE ON public.transparency_block
    FOR EACH ROW EXECUTE FUNCTION public.transparency_refuse();
CREATE TRIGGER block_no_truncate BEFORE TRUNCATE ON public.transparency_block
    FOR EACH STATEMENT EXECUTE FUNCTION public.transparency_refuse();
"""
UNGUARD = """
DROP TRIGGER block_no_truncate ON public.transparency_block;
DROP TRIGGER block_only_grows ON public.transparency_block;
DROP FUNCTION public.transparency_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("transparency", "0001_initial")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
