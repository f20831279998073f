#include "actors/node/signals.h"

#include <pthread.h>

#include <initializer_list>

namespace offstage {

void leave_signals_to_others() noexcept {
  sigset_t others;
  sigfillset(&others);
  for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) {
    sigdelset(&others, own);
  }
  pthread_sigmask(SIG_BLOCK, &others, nullptr);
}

own_action::own_action(int number, action chosen) noexcept
    : number_(number), chosen_(chosen), before_(std::signal(number, chosen)) {}

void own_action::give_back() const noexcept {
  struct sigaction now {};
  sigaction(number_, nullptr, &now);
  if (now.sa_handler == chosen_) std::signal(number_, before_);
}

}  // namespace offstage
