#include "actors/pool/crew.h"

#include <pthread.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/thread_hook.hpp>

#include <cstdint>
#include <exception>
#include <future>
#include <thread>

#include "actors/caf/own_thread.h"
#include "actors/worker/worker.h"

namespace offstage {
namespace {

thread_local const void* crew_of_this_thread = nullptr;

// Names the threads of a crew, so that debuggers and `top -H` tell them apart.
class thread_names final : public caf::thread_hook {
 public:
  explicit thread_names(const void* crew) : crew_(crew) {}
  void init(caf::actor_system&) override {}
  void thread_started() override {
    crew_of_this_thread = crew_;
    pthread_setname_np(pthread_self(), "offstage-crew");
  }
  void thread_terminates() override {}

 private:
  const void* crew_;
};

// A crew of this size can always have its threads.
constexpr std::size_t small_crew = 16;

// CAF waits for ever when it can have some of its threads but not all of them, so this asks for as
// many before it does.
void require_threads(std::size_t count) {
  std::promise<void> go;
  const auto gone = go.get_future().share();
  std::vector<std::thread> probes;
  probes.reserve(count);
  std::exception_ptr refused;
  try {
    while (probes.size() < count) probes.emplace_back([gone] { gone.wait(); });
  } catch (...) {
    refused = std::current_exception();
  }
  go.set_value();
  for (auto& each : probes) each.join();
  if (refused) std::rethrow_exception(refused);
}

}  // namespace

struct crew::parts {
  parts(const void* crew, std::size_t worker_count)
      : system(configure(config, crew, worker_count)) {}

  static caf::actor_system_config& configure(caf::actor_system_config& config, const void* crew,
                                             std::size_t worker_count) {
    // Sharing, because the threads of the default policy poll while they have nothing to do.
    config.set("scheduler.policy", caf::atom("sharing"));
    config.set("scheduler.max-threads", static_cast<std::int64_t>(worker_count));
    config.add_thread_hook<thread_names>(crew);
    return config;
  }

  caf::actor_system_config config;
  caf::actor_system system;
};

crew::crew(std::size_t worker_count, const std::function<std::optional<failure>()>& prepare,
           const std::function<void(std::size_t)>& freed) {
  in_own_thread([&] {
    // The workers, and CAF's clock and printer.
    if (worker_count > small_crew) require_threads(worker_count + 2);
    parts_ = std::make_unique<parts>(this, worker_count);
    workers_.reserve(worker_count);
    for (std::size_t i = 0; i < worker_count; ++i) {
      workers_.push_back(spawn_worker(parts_->system, {prepare, [freed, i] { freed(i); }}));
    }
  });
}

crew::~crew() {
  for (auto& worker : workers_) caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
  workers_.clear();
  in_own_thread([this] { parts_ = nullptr; });
}

bool crew::has_this_thread() const noexcept { return crew_of_this_thread == this; }

}  // namespace offstage
