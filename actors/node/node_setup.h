// node_setup: what a worker process finds when it starts.
//
// Question: which descriptor is which, and which variables are ours?
// Zone:     border. The parent gives it, the child takes it.
#pragma once

namespace offstage {

/// In the environment of a worker process until it has begun, and nowhere else.
inline constexpr const char* node_mark = "OFFSTAGE_NODE";

/// What that says: the process is a worker, or the fork server of workers.
inline constexpr const char* worker_mark = "1";
inline constexpr const char* fork_server_mark = "server";

/// How many worker processes a process is inside of.
inline constexpr const char* node_depth = "OFFSTAGE_DEPTH";

/// The numbers of the descriptors that a worker process is given, besides 0, 1 and 2.
enum node_descriptor : int {
  lane_descriptor = 3,      ///< Its end of the lane; of a fork server: of its link.
  doorbell_descriptor = 4,  ///< An eventfd: look at the cells of your tasks.
  parent_descriptor = 5,    ///< Readable once the parent has ended.
  control_descriptor = 6,   ///< The control page; closed when it is mapped.
  flags_descriptor = 7,     ///< The flags that processes share; closed when they are mapped.
  log_descriptor = 8,       ///< The ring for log records; closed when it is mapped.
  log_bell_descriptor = 9,  ///< An eventfd: there is something in the ring again.
  levels_descriptor = 10,   ///< The log levels of the application.
};

/// The last of them.
inline constexpr int last_node_descriptor = levels_descriptor;

}  // namespace offstage
