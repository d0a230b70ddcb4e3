-- Two login roles: the owner migrates, the application works. Change the passwords.
CREATE ROLE ewtp_owner LOGIN CREATEDB PASSWORD 'owner';
CREATE ROLE ewtp_app LOGIN PASSWORD 'app';
CREATE DATABASE ewtp OWNER ewtp_owner;
\connect ewtp
CREATE EXTENSION IF NOT EXISTS vector;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS btree_gist;
