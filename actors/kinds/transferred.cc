#include "actors/kinds/transferred.h"

#include <cstdint>

namespace offstage::detail {
namespace {

constexpr std::uint32_t no_module = UINT32_MAX;

}  // namespace

void write_code(byte_writer& writer, const void* function) {
  const auto where = function == nullptr ? code_address{no_module, 0} : code_address_of(function);
  writer.write(where.module, where.offset);
}

const void* read_code(byte_reader& reader) {
  code_address where;
  where.module = reader.read<std::uint32_t>();
  where.offset = reader.read<std::uint64_t>();
  return where.module == no_module ? nullptr : function_at(where);
}

void write_member_code(byte_writer& writer, const void* pointer, std::size_t size) {
  std::uintptr_t words[2] = {};
  if (size != sizeof words) throw_not_transferable("a pointer to a member of an unknown form");
  std::memcpy(words, pointer, sizeof words);
  // By the C++ ABI of this platform an odd first word is an offset, and an even one an address.
  const bool is_virtual = (words[0] & 1) != 0;
  writer.write(is_virtual, static_cast<std::uint64_t>(words[1]));
  if (is_virtual) {
    writer.write(static_cast<std::uint64_t>(words[0]));
  } else {
    write_code(writer, reinterpret_cast<const void*>(words[0]));
  }
}

void read_member_code(byte_reader& reader, void* pointer, std::size_t size) {
  const bool is_virtual = reader.read<bool>();
  std::uintptr_t words[2] = {};
  words[1] = reader.read<std::uint64_t>();
  words[0] = is_virtual ? static_cast<std::uintptr_t>(reader.read<std::uint64_t>())
                        : reinterpret_cast<std::uintptr_t>(read_code(reader));
  std::memcpy(pointer, words, size);
}

}  // namespace offstage::detail
