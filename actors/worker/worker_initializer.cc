#include "actors/worker/worker_initializer.h"

#include <cstdint>
#include <utility>

#include "actors/task/code_address.h"
#include "messages/codec/all_codecs.h"

namespace offstage {

std::vector<std::byte> bytes_of(const initializer_body& body) {
  byte_writer writer;
  const auto where = code_address_of(reinterpret_cast<const void*>(body.maker()));
  writer.write(where.module, where.offset);
  body.encode(writer);
  return std::move(writer).take_bytes();
}

ref<initializer_body> initializer_from(std::span<const std::byte> bytes) {
  byte_reader reader(bytes);
  code_address where;
  where.module = reader.read<std::uint32_t>();
  where.offset = reader.read<std::uint64_t>();
  const auto maker =
      reinterpret_cast<initializer_body::maker_function>(const_cast<void*>(function_at(where)));
  return maker(reader);
}

}  // namespace offstage
