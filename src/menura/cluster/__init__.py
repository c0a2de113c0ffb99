"""Past one machine: a library in shards that work on many machines, by Ray, and are kept in object storage."""
