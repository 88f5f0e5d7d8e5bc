-- How many jobs wait, of all owners together: one row, kept by triggers.
create table waiting (
  id integer primary key check (id = 1),
  n  integer not null
) strict;
insert into waiting select 1, count(*) from job where state in ('pending', 'queued');
create trigger job_waits after insert on job when new.state in ('pending', 'queued') begin
  update waiting set n = n + 1;
end;
create trigger job_waited after update of state on job
when (old.state in ('pending', 'queued')) <> (new.state in ('pending', 'queued')) begin
  update waiting set n = n + (new.state in ('pending', 'queued')) - (old.state in ('pending', 'queued'));
end;
create trigger job_waits_no_more after delete on job when old.state in ('pending', 'queued') begin
  update waiting set n = n - 1;
end;

-- A message can be received (ready), or somebody has it (held), or it is delayed (neither). What is not ready becomes so
-- when it is due. Messages of one group are one owner's; '' is a group like any other.
alter table message add column grp   text    not null default '';
alter table message add column ready integer not null default 0;
alter table message add column held  integer not null default 0;
alter table message add column taken integer not null default 0; -- when it was last received, in microseconds since 1970
drop index message_due;
update message set held = 1 where received > 0 and dead = 0;
update message set grp = coalesce((select owner from job where id = message.body), '') where queue in ('jobs', 'notices');
create index message_ready on message(queue, grp, due, id) where ready = 1;
create index message_later on message(queue, due) where ready = 0 and dead = 0;

-- What a queue has of each group, kept by triggers. Rows stay when a group has nothing more: served is for the next time.
create table lane (
  queue  text not null,
  grp    text not null,
  ready  integer not null,
  held   integer not null,
  served integer not null, -- when a message of it was last taken; never: its first message's id less 10^15, which is before all times
  primary key (queue, grp)
) strict, without rowid;
create index lane_next on lane(queue, held, served) where ready > 0;
insert into lane select queue, grp, 0, sum(held), min(id) - 1000000000000000 from message where dead = 0 group by queue, grp;
create trigger message_sent after insert on message begin
  insert into lane values (new.queue, new.grp, new.ready, new.held, new.id - 1000000000000000)
  on conflict do update set ready = ready + new.ready, held = held + new.held;
end;
create trigger message_changed after update of ready, held on message when old.ready <> new.ready or old.held <> new.held begin
  update lane set ready = ready + new.ready - old.ready, held = held + new.held - old.held,
    served = case when new.taken > old.taken then new.taken else served end
  where queue = old.queue and grp = old.grp;
end;
create trigger message_gone after delete on message when old.ready or old.held begin
  update lane set ready = ready - old.ready, held = held - old.held where queue = old.queue and grp = old.grp;
end;
