-- When the end of a finished job is to be told, in milliseconds since 1970; null: there is nothing (more) to tell.
alter table job add column notice integer;
create index job_notice on job(notice, id) where notice is not null;
