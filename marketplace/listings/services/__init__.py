"""Every change of listings: the listing itself, its photos, its stock."""
