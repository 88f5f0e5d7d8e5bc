-- Times are milliseconds since 1970.

-- An ordinary rowid table: rows near 1 KB overflow the pages of one without rowid, and lists become nine times slower.
create table job (
  id      text primary key,
  owner   text not null,
  api     text not null,
  state   text not null,
  created integer not null,
  updated integer not null,
  due     integer not null, -- the end of the lease while running, else updated: what rescue goes by
  data    text not null     -- the whole job as JSON; the columns above repeat what is searched for
) strict;
create index job_created on job(owner, api, state, created, id);
create index job_updated on job(owner, api, state, updated, id, created);
create index job_due     on job(state, due, id);

-- How many jobs there are, kept by triggers so that a list's total costs the same with any number of jobs.
create table job_count (
  owner text not null,
  api   text not null,
  state text not null,
  n     integer not null,
  primary key (owner, api, state)
) strict, without rowid;
create trigger job_added after insert on job begin
  insert into job_count values (new.owner, new.api, new.state, 1) on conflict do update set n = n + 1;
end;
create trigger job_moved after update of state on job when old.state <> new.state begin
  update job_count set n = n - 1 where owner = old.owner and api = old.api and state = old.state;
  insert into job_count values (new.owner, new.api, new.state, 1) on conflict do update set n = n + 1;
end;
create trigger job_removed after delete on job begin
  update job_count set n = n - 1 where owner = old.owner and api = old.api and state = old.state;
end;

create table api_key (
  id      text primary key,
  owner   text not null,
  hash    text not null unique,
  created integer not null,
  revoked integer -- null while the key is good
) strict;

-- autoincrement: an id is never used again, so that the receipt of a deleted message fits no later one.
create table message (
  id       integer primary key autoincrement,
  queue    text not null,
  body     text not null,
  sent     integer not null,
  due      integer not null, -- when it can be received (again)
  received integer not null default 0,
  dead     integer not null default 0
) strict;
create index message_due  on message(queue, due) where dead = 0;
create index message_dead on message(queue, id)  where dead = 1;

-- One row that the health check writes.
create table health (
  id integer primary key check (id = 1),
  at integer not null
) strict;
