#include "actors/pool/task_order.h"

#include <string>
#include <utility>

#include "actors/errors/errors.h"
#include "actors/node/lane.h"
#include "actors/task/code_address.h"
#include "actors/task/transfer.h"
#include "messages/command.h"

namespace offstage {

flat_message task_order(const task_record& task) {
  byte_writer writer;
  const auto maker = task.maker();
  if (maker == nullptr) task.encode_task(writer);  // Which refuses it.
  const auto where = code_address_of(reinterpret_cast<const void*>(maker));
  writer.write(where.module, where.offset);
  task.encode_task(writer);
  const auto bytes = std::move(writer).take_bytes();
  auto out = make_run_task(task.id(), {payload_kind::bytes, bytes});
  if (out.words().size() > frame_words_max) {
    throw not_transferable(
        "a task for another process: expected arguments of up to 64 MiB, found " +
        std::to_string(bytes.size()) + " bytes");
  }
  return out;
}

}  // namespace offstage
