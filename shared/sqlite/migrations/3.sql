-- What an owner has used in a calendar month ("2026-01", in UTC), over both APIs. Jobs that a quota refused are not in it.
create table usage (
  owner  text not null,
  month  text not null,
  jobs   integer not null, -- created
  millis integer not null, -- milliseconds of billable media, of those that succeeded
  bytes  integer not null, -- of the outputs kept
  primary key (owner, month)
) strict, without rowid;
