#include "messages/log_message.h"

#include "messages/capnp_words.h"
#include "messages/log_record.capnp.h"

namespace offstage {
namespace {

using schema_level = schema::LogRecord::Level;
using schema_room = schema::LogRecord::Room;

static_assert(static_cast<int>(schema_level::ERROR) == static_cast<int>(log_level::error));
static_assert(static_cast<int>(schema_room::APPLICATION) ==
              static_cast<int>(log_room::application));
static_assert(static_cast<std::size_t>(schema_room::APPLICATION) + 1 == log_room_count);

}  // namespace

flat_message make_log_message(const log_record& record) {
  return capnp_words::build<schema::LogRecord>([&](auto out) {
    out.setTime(std::chrono::duration_cast<std::chrono::nanoseconds>(record.time.time_since_epoch())
                    .count());
    out.setProcess(record.process);
    out.setLevel(static_cast<schema_level>(record.level));
    out.setRoom(static_cast<schema_room>(record.room));
    out.setTask(record.task);
    out.setText(capnp_words::to_data(record.text));
  });
}

log_record read_log_message(const flat_message& message) {
  return capnp_words::read<schema::LogRecord>(message, [](schema::LogRecord::Reader in) {
    if (in.getLevel() > schema_level::ERROR || in.getRoom() > schema_room::APPLICATION) {
      throw malformed_message("a log record of a level or a room that there is not");
    }
    log_record out;
    out.time = std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(
            std::chrono::nanoseconds(in.getTime())));
    out.process = in.getProcess();
    out.level = static_cast<log_level>(in.getLevel());
    out.room = static_cast<log_room>(in.getRoom());
    out.task = in.getTask();
    out.text = capnp_words::text_of(in.getText());
    return out;
  });
}

}  // namespace offstage
