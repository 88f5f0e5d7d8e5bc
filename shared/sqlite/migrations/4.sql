-- How often the secret that signs webhooks was replaced, by what it is derived for: a key's id, or inbox/<owner>.
create table rotation (
  id         text primary key,
  generation integer not null,
  at         integer not null -- the last time
) strict;
