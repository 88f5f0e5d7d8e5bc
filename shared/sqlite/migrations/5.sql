-- Of a finished job, due is when it finished: what its retention goes by. It was overwritten when its end was told.
update job set due = updated where state in ('succeeded', 'failed', 'cancelled') and due <> updated;
