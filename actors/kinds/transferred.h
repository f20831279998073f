// transferred: callables and arguments on their way to another process.
//
// Question: which callables and arguments can be sent, and as what?
// Zone:     pure. Hears the bodies of tasks.
#pragma once

#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

#include "actors/kinds/stored_text.h"
#include "actors/task/code_address.h"
#include "actors/task/transfer.h"

namespace offstage::detail {

// Stands in a constructor's arguments for "the rest is in this reader".
struct from_bytes {};

template <class T>
concept function_pointer = std::is_pointer_v<T> && std::is_function_v<std::remove_pointer_t<T>>;

// Callables without a state: captureless lambdas, and function objects such as std::plus<>.
template <class T>
concept stateless_callable = std::is_class_v<T> && std::is_empty_v<T> &&
    std::is_default_constructible_v<T> && std::is_trivially_copyable_v<T>;

void write_code(byte_writer& writer, const void* function);
const void* read_code(byte_reader& reader);

// The word of a pointer to a member function that is an address, or an odd offset into the table of
// virtual functions.
void write_member_code(byte_writer& writer, const void* pointer, std::size_t size);
void read_member_code(byte_reader& reader, void* pointer, std::size_t size);

// How a callable or an argument of type T is sent.
template <class T>
struct transferred {
  static constexpr bool possible = has_codec<T>;

  static void write(byte_writer& writer, const T& value) { encode_value(writer, value); }
  static T read(byte_reader& reader) {
    if constexpr (possible) {
      return reader.read<T>();
    } else {
      refuse_transfer<T>();
    }
  }
};

template <function_pointer T>
struct transferred<T> {
  static constexpr bool possible = true;

  static void write(byte_writer& writer, T value) {
    write_code(writer, reinterpret_cast<const void*>(value));
  }
  static T read(byte_reader& reader) {
    return reinterpret_cast<T>(const_cast<void*>(read_code(reader)));
  }
};

template <class T>
requires std::is_member_function_pointer_v<T>
struct transferred<T> {
  static constexpr bool possible = true;

  static void write(byte_writer& writer, T value) {
    write_member_code(writer, &value, sizeof value);
  }
  static T read(byte_reader& reader) {
    T value;
    read_member_code(reader, &value, sizeof value);
    return value;
  }
};

// An offset into the object.
template <class T>
requires std::is_member_object_pointer_v<T>
struct transferred<T> {
  static constexpr bool possible = true;

  static void write(byte_writer& writer, T value) {
    writer.append(std::as_bytes(std::span(&value, 1)));
  }
  static T read(byte_reader& reader) {
    T value;
    std::memcpy(&value, reader.take(sizeof value, "a pointer to a member").data(), sizeof value);
    return value;
  }
};

template <stateless_callable T>
struct transferred<T> {
  static constexpr bool possible = true;

  static void write(byte_writer&, const T&) {}
  static T read(byte_reader&) { return T(); }
};

// How an argument that is kept in a task is sent.
template <class T>
struct transferred_argument {
  static void write(byte_writer& writer, const stored_argument<T>& argument) {
    transferred<T>::write(writer, argument.value);
  }
  static stored_argument<T> read(byte_reader& reader) { return {transferred<T>::read(reader)}; }
};

template <class T>
requires is_c_text<T>
struct transferred_argument<T> {
  static void write(byte_writer& writer, const stored_argument<T>& argument) {
    writer.write(argument.is_null, argument.value);
  }
  static stored_argument<T> read(byte_reader& reader) {
    const bool is_null = reader.read<bool>();
    auto text = reader.read<std::string>();
    stored_argument<T> out(nullptr);
    out.is_null = is_null;
    out.value = std::move(text);
    return out;
  }
};

template <>
struct transferred_argument<std::string_view> {
  static void write(byte_writer& writer, const stored_argument<std::string_view>& argument) {
    writer.write(argument.value);
  }
  static stored_argument<std::string_view> read(byte_reader& reader) {
    stored_argument<std::string_view> out{std::string_view()};
    out.value = reader.read<std::string>();
    return out;
  }
};

}  // namespace offstage::detail
