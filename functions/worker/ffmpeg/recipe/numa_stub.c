/* The ten functions of libnuma that x265 calls, answering as libnuma does on a machine without NUMA.
 * A Lambda or a container shows one node, and the real library brings getaddrinfo into a static file and
 * complains on stderr where /sys is missing. */
struct bitmask;

int numa_available(void) { return -1; }
int numa_max_node(void) { return 0; }
int numa_node_to_cpus(int node, struct bitmask *mask) { (void)node; (void)mask; return -1; }
int numa_run_on_node_mask(struct bitmask *mask) { (void)mask; return -1; }
void numa_set_interleave_mask(struct bitmask *mask) { (void)mask; }
void numa_set_localalloc(void) {}
struct bitmask *numa_allocate_cpumask(void) { return 0; }
struct bitmask *numa_allocate_nodemask(void) { return 0; }
void numa_bitmask_free(struct bitmask *mask) { (void)mask; }
unsigned numa_bitmask_weight(const struct bitmask *mask) { (void)mask; return 0; }
