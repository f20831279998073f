// cpu_count: how many CPUs this process may use.
//
// Question: how many workers are worth having?
// Zone:     pure, but for the one function that reads the system.
#pragma once

#include <optional>
#include <string_view>

namespace offstage {

/// The CPUs that a quota of cgroup version 2 allows, rounded up: the file `cpu.max`, e.g.
/// "150000 100000" is 2, "max 100000" is none.
std::optional<int> cpus_of_quota(std::string_view cpu_max);

/// The CPUs that a quota of cgroup version 1 allows: the files `cpu.cfs_quota_us` (-1: no quota)
/// and `cpu.cfs_period_us`.
std::optional<int> cpus_of_quota(std::string_view quota_us, std::string_view period_us);

/// The CPUs that this process may use now: its affinity, and the quota of its control group and of
/// the groups around it. At least 1.
/// @thread Any.
/// @source sched_getaffinity(2), cgroups(7).
int usable_cpus();

}  // namespace offstage
