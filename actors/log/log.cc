#include "actors/log/log.h"

#include <pthread.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

#include "actors/sync/closed_to_cancel.h"
#include "actors/sync/mutex.h"

namespace offstage {
namespace {

constexpr auto default_level = log_level::warning;

spdlog::level::level_enum to_spdlog(log_level level) {
  switch (level) {
    case log_level::trace:
      return spdlog::level::trace;
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
    case log_level::off:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

// What is in front of a text: nothing for a record of this process that no task wrote.
std::string origin_of(const log_record& record) {
  std::string out;
  if (record.process != getpid()) out = "process " + std::to_string(record.process);
  if (record.task != 0) {
    out += (out.empty() ? "task " : ", task ") + std::to_string(record.task);
  }
  return out.empty() ? out : "[" + out + "] ";
}

using user_sink = std::function<void(const log_record&)>;

// The calling thread runs the user's sink: what that logs would call it again, without end.
thread_local bool in_sink = false;

class sink_scope {
 public:
  sink_scope() noexcept { in_sink = true; }
  ~sink_scope() { in_sink = false; }
  sink_scope(const sink_scope&) = delete;
  sink_scope& operator=(const sink_scope&) = delete;
};

// Where every record goes: the user's function, or else with the carrier, or else to stderr.
class outlet {
 public:
  explicit outlet(log::carrier* carrier = nullptr) : carrier_(carrier) {}

  // The sink before is destroyed here after the lock, or in the thread that calls it at this
  // moment.
  void set(user_sink next) OFFSTAGE_EXCLUDES(mutex_) {
    auto shared = next ? std::make_shared<const user_sink>(std::move(next)) : nullptr;
    sync::lock held(mutex_);
    user_.swap(shared);
  }

  void give(const log_record& record) OFFSTAGE_EXCLUDES(mutex_) {
    std::shared_ptr<const user_sink> user;
    if (!in_sink) {
      sync::lock held(mutex_);
      user = user_;
    }
    if (user) {
      const sink_scope scope;
      (*user)(record);
      return;
    }
    if (carrier_ != nullptr && carrier_->carry(record)) return;
    print(record);
  }

  void print(const log_record& record) {
    const auto name = (record.room == log_room::application ? "" : "offstage.") +
                      std::string(to_string(record.room));
    const auto text = origin_of(record).append(record.text);
    const spdlog::details::log_msg line(record.time, spdlog::source_loc{}, name,
                                        to_spdlog(record.level), text);
    if (copys_terminal_ == nullptr) return terminal_->log(line);
    sync::lock held(copys_terminal_->mutex);
    copys_terminal_->sink.log(line);
  }

  // A thread that a copy of the process does not have holds none of the mutexes there: this one is
  // held across fork() by the thread that calls it, and the terminal's is not used any more.
  void before_fork() OFFSTAGE_ANNOTATION(no_thread_safety_analysis) { mutex_.lock(); }
  void after_fork() OFFSTAGE_ANNOTATION(no_thread_safety_analysis) { mutex_.unlock(); }
  void begin_copy() { copys_terminal_ = new copys_terminal; }

 private:
  struct copys_terminal {
    sync::mutex mutex;
    spdlog::sinks::stderr_color_sink_st sink;
  };

  log::carrier* const carrier_;
  sync::mutex mutex_;
  std::shared_ptr<const user_sink> user_ OFFSTAGE_GUARDED_BY(mutex_);
  const std::shared_ptr<spdlog::sinks::sink> terminal_ =
      std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  copys_terminal* copys_terminal_ = nullptr;  // Only in a copy of the process; never destroyed.
};

// Never destroyed: threads that outlive main may still log.
std::atomic<outlet*>& current_outlet() {
  static std::atomic<outlet*> instance{new outlet};
  return instance;
}

outlet& out() { return *current_outlet(); }

// Copies of the process may log, whatever its threads did when it was copied.
[[maybe_unused]] const int forks_are_seen =
    pthread_atfork([] { out().before_fork(); }, [] { out().after_fork(); },
                   [] {
                     out().after_fork();
                     out().begin_copy();
                   });

constinit log::level_table own_levels{};
constinit std::atomic<log::level_table*> levels{&own_levels};
constinit sync::mutex levels_mutex;  // For those who set them.

// A record that is kept may be given to the user's sink, which may do anything: wait for a thread
// that wants the same mutex, or call what takes it. So none of ours may be held, also where this
// record is not kept today.
void require_no_mutex([[maybe_unused]] log_room room, [[maybe_unused]] log_level level) noexcept {
#ifndef NDEBUG
  if (sync::mutex::held_by_this_thread() == 0) return;
  out().print({std::chrono::system_clock::now(), log_level::error, room, getpid(), 0,
               "a bug of Offstage: a record of level '" + std::string(to_string(level)) +
                   "' is written while a mutex is held"});
  std::abort();
#endif
}

thread_local std::uint64_t current_task = 0;
thread_local log::carrier* thread_carrier = nullptr;

std::size_t index_of(log_room room) { return static_cast<std::size_t>(room); }

void set_level(std::size_t room, log_level level) {
  levels.load()->least[room] = static_cast<std::uint8_t>(static_cast<int>(level) + 1);
}

// A text that is too long, without the half of a letter at its end.
std::string beginning_of(std::string_view text) {
  const auto note = "... (" + std::to_string(text.size()) + " bytes)";
  auto end = log::text_bytes_max - note.size();
  for (int i = 0; i < 3 && (text[end] & 0xc0) == 0x80; ++i) --end;
  return std::string(text.substr(0, end)) + note;
}

}  // namespace

void write_log(log_level level, std::string_view text) noexcept {
  log::write(log_room::application, level, text);
}

bool should_log(log_level level) noexcept { return log::kept(log_room::application, level); }

void set_log_level(log_level level) {
  sync::lock held(levels_mutex);
  for (std::size_t room = 0; room < log_room_count; ++room) set_level(room, level);
}

void set_log_level(log_room room, log_level level) {
  sync::lock held(levels_mutex);
  set_level(index_of(room), level);
}

void set_log_sink(std::function<void(const log_record&)> sink) { out().set(std::move(sink)); }

namespace log {

bool kept(log_room room, log_level level) noexcept {
  require_no_mutex(room, level);
  const auto stored =
      levels.load(std::memory_order_acquire)->least[index_of(room)].load(std::memory_order_relaxed);
  const auto least = stored == 0 ? static_cast<int>(default_level) : stored - 1;
  return static_cast<int>(level) >= least && level != log_level::off;
}

void write(log_room room, log_level level, std::string_view text) noexcept {
  if (!kept(room, level)) return;
  const sync::closed_to_cancel writing;
  try {
    log_record record{std::chrono::system_clock::now(), level, room, getpid(), current_task, text};
    std::string cut;
    if (text.size() > text_bytes_max) record.text = cut = beginning_of(text);
    if (thread_carrier != nullptr && thread_carrier->carry(record)) return;
    out().give(record);
  } catch (...) {
    // A record that cannot be written must not change what the program does.
  }
}

void deliver(const log_record& record) noexcept {
  if (!kept(record.room, record.level)) return;
  const sync::closed_to_cancel writing;
  try {
    out().give(record);
  } catch (...) {
    // As above.
  }
}

dropped_notice::dropped_notice(std::uint64_t records, int process)
    : text_(std::to_string(records) +
            (records == 1 ? " record was dropped" : " records were dropped") +
            ": they came faster than they were taken"),
      record_{
          std::chrono::system_clock::now(), log_level::warning, log_room::node, process, 0, text_} {
}

task_scope::task_scope(std::uint64_t task) noexcept : before_(current_task) { current_task = task; }

task_scope::~task_scope() { current_task = before_; }

void carry_for_process(carrier& which) { current_outlet() = new outlet(&which); }

void carry_for_thread(carrier& which) noexcept { thread_carrier = &which; }

void share_levels(level_table& memory) {
  sync::lock held(levels_mutex);
  for (std::size_t room = 0; room < log_room_count; ++room) {
    memory.least[room] = levels.load()->least[room].load();
  }
  levels = &memory;
}

void follow_levels(level_table& memory) noexcept { levels = &memory; }

}  // namespace log
}  // namespace offstage
