// The actor face: an application of actors that spawns executor actors and distributes its work
// among them.

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <cstdio>
#include <vector>

#include "actors/actor_face.h"

namespace {

constexpr std::chrono::seconds limit{60};

int slow_square(int n) {
  long sum = 0;
  for (int i = 0; i < 100000; ++i) sum += (n * n + i) % 7;
  return sum > 0 ? n * n : 0;
}

struct foreman_state {
  std::vector<offstage::executor_handle> desks;
  int done = 0;
  long sum = 0;
};

// Hands its tasks out in turn, subscribes to their futures, and ends when all have ended.
caf::behavior foreman(caf::stateful_actor<foreman_state>* self, int squares) {
  for (int i = 0; i < 2; ++i) {
    self->state.desks.push_back(offstage::spawn_executor(self->system(), {.worker_count = 1}));
  }
  for (int n = 1; n <= squares; ++n) {
    const auto& desk = self->state.desks[n % self->state.desks.size()];
    self->request(desk, limit, offstage::submit_task{offstage::prepare_call(slow_square, n)})
        .then([self](offstage::future_handle future) {
          self->send(future, offstage::subscribe{caf::actor_cast<caf::actor>(self)});
        });
  }
  return {
      [self, squares](const offstage::future_update& update) {
        if (!offstage::is_done(update.state)) return;
        auto& state = self->state;
        if (update.state == offstage::future_state::completed) state.sum += update.result<int>();
        if (++state.done < squares) return;
        std::printf("%d squares, their sum is %ld\n", state.done, state.sum);
        for (auto& desk : state.desks) self->send_exit(desk, caf::exit_reason::user_shutdown);
        self->quit();
      },
  };
}

}  // namespace

int main() {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  caf::actor_system system{config};
  system.spawn(foreman, 20);
  // The system's destructor waits until all of its actors have ended.
}
