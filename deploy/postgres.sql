-- The databases and roles of all services. Run by psql as the superuser, as often as you like: nothing is ever dropped.
-- Passwords come from the environment: YISHI_POSTGRES_<SERVICE>_PROJECTOR_PASSWORD and …_HTTP_PASSWORD.

\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;

\set service proposals
\getenv projector_password YISHI_POSTGRES_PROPOSALS_PROJECTOR_PASSWORD
\getenv http_password YISHI_POSTGRES_PROPOSALS_HTTP_PASSWORD
\ir postgres/service.sql

\set service meetings
\getenv projector_password YISHI_POSTGRES_MEETINGS_PROJECTOR_PASSWORD
\getenv http_password YISHI_POSTGRES_MEETINGS_HTTP_PASSWORD
\ir postgres/service.sql

\set service members
\getenv projector_password YISHI_POSTGRES_MEMBERS_PROJECTOR_PASSWORD
\getenv http_password YISHI_POSTGRES_MEMBERS_HTTP_PASSWORD
\ir postgres/service.sql

\set service notifications
\getenv projector_password YISHI_POSTGRES_NOTIFICATIONS_PROJECTOR_PASSWORD
\getenv http_password YISHI_POSTGRES_NOTIFICATIONS_HTTP_PASSWORD
\ir postgres/service.sql
