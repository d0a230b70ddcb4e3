#!/bin/sh
# Two login roles: the owner migrates, the application works and owns nothing.
# Run once by the postgres container; by hand on a server of your own.
set -eu
psql -v ON_ERROR_STOP=1 -U postgres -v owner="$OWNER_PASSWORD" -v app="$APP_PASSWORD" <<'SQL'
CREATE ROLE ewtp_owner LOGIN CREATEDB PASSWORD :'owner';
CREATE ROLE ewtp_app LOGIN PASSWORD :'app';
CREATE DATABASE ewtp OWNER ewtp_owner;
\connect ewtp
CREATE EXTENSION IF NOT EXISTS vector;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS btree_gist;
SQL
