-- One service: its database, the role that writes projections and loads state, and the role of HTTP queries.
-- Included by ../postgres.sql with the variables service, projector_password and http_password. A missing password
-- stops the script with a syntax error; the variables are forgotten at the end, so that no service can be given the
-- password of the one before it.

\set projector :service _projector
\set http :service _http
\set database yishi_ :service

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY[:'projector', :'http']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

-- The projector's batches span counties, so it is outside row-level security; HTTP queries never are.
ALTER ROLE :"projector" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS PASSWORD :'projector_password';
ALTER ROLE :"http" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'http_password';

SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'projector')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec

REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"http";

-- The projector owns the database and may create schemas in it; nobody uses the schema "public".
\connect :"database"
SET client_min_messages = warning;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
\connect postgres
SET client_min_messages = warning;
REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC;

\unset projector_password
\unset http_password
