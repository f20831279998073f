#include "tests/support/display/picture.h"

#include <X11/Xutil.h>
#include <gio/gio.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <span>
#include <stdexcept>

#include "tests/support/display/kept_process.h"
#include "tests/support/display/x_connection.h"

namespace offstage::display {
namespace {

std::string big_endian(std::uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
          static_cast<char>(number >> 8), static_cast<char>(number)};
}

std::uint32_t crc_32(const std::string& bytes) {
  std::uint32_t crc = ~0U;
  for (const unsigned char byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

std::string png_chunk(const std::string& type, const std::string& data) {
  return big_endian(static_cast<std::uint32_t>(data.size())) + type + data +
         big_endian(crc_32(type + data));
}

std::string compressed(const std::string& bytes) {
  GZlibCompressor* compressor = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 6);
  std::string result;
  std::array<char, 1 << 16> buffer;
  gsize used = 0;
  for (;;) {
    gsize read = 0;
    gsize written = 0;
    GError* error = nullptr;
    const GConverterResult state = g_converter_convert(
        G_CONVERTER(compressor), bytes.data() + used, bytes.size() - used, buffer.data(),
        buffer.size(), G_CONVERTER_INPUT_AT_END, &read, &written, &error);
    if (state == G_CONVERTER_ERROR) {
      const std::string reason = error->message;
      g_error_free(error);
      g_object_unref(compressor);
      throw std::runtime_error{"a picture cannot be compressed: " + reason};
    }
    used += read;
    result.append(buffer.data(), written);
    if (state == G_CONVERTER_FINISHED) break;
  }
  g_object_unref(compressor);
  return result;
}

rectangle within(const rectangle& part, const rectangle& whole) {
  const int left = std::max(part.origin.x, whole.origin.x);
  const int top = std::max(part.origin.y, whole.origin.y);
  const int right = std::min(part.origin.x + part.size.width, whole.origin.x + whole.size.width);
  const int bottom = std::min(part.origin.y + part.size.height, whole.origin.y + whole.size.height);
  return {{left, top}, {std::max(0, right - left), std::max(0, bottom - top)}};
}

rectangle whole_screen() {
  Display* const x = x_connection();
  return {{}, {DisplayWidth(x, DefaultScreen(x)), DisplayHeight(x, DefaultScreen(x))}};
}

}  // namespace

std::ostream& operator<<(std::ostream& out, colour shown) {
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", shown.red, shown.green, shown.blue);
  return out << text;
}

bool similar(colour one, colour other, int tolerance) {
  return std::abs(one.red - other.red) <= tolerance &&
         std::abs(one.green - other.green) <= tolerance &&
         std::abs(one.blue - other.blue) <= tolerance;
}

picture::picture(rectangle area, std::vector<colour> pixels)
    : area_{area}, pixels_{std::move(pixels)} {
  if (pixels_.size() != static_cast<std::size_t>(area.size.width) * area.size.height) {
    throw std::invalid_argument{"a picture has a colour for each of its places"};
  }
}

colour picture::at(point place) const {
  if (!area_.contains(place)) throw std::out_of_range{"the picture does not show this place"};
  return pixels_[static_cast<std::size_t>(place.y - area_.origin.y) * area_.size.width +
                 (place.x - area_.origin.x)];
}

int picture::count(colour wanted, const rectangle& part, int tolerance) const {
  const rectangle seen = within(part, area_);
  int found = 0;
  for (int y = seen.origin.y; y < seen.origin.y + seen.size.height; ++y) {
    for (int x = seen.origin.x; x < seen.origin.x + seen.size.width; ++x) {
      if (similar(at({x, y}), wanted, tolerance)) ++found;
    }
  }
  return found;
}

std::optional<point> picture::find(colour wanted, int tolerance) const {
  for (std::size_t i = 0; i < pixels_.size(); ++i) {
    if (similar(pixels_[i], wanted, tolerance)) {
      return point{area_.origin.x + static_cast<int>(i) % area_.size.width,
                   area_.origin.y + static_cast<int>(i) / area_.size.width};
    }
  }
  return std::nullopt;
}

colour picture::most_frequent(const rectangle& part) const {
  const rectangle seen = within(part, area_);
  std::map<std::array<std::uint8_t, 3>, int> counts;
  for (int y = seen.origin.y; y < seen.origin.y + seen.size.height; ++y) {
    for (int x = seen.origin.x; x < seen.origin.x + seen.size.width; ++x) {
      const colour shown = at({x, y});
      ++counts[{shown.red, shown.green, shown.blue}];
    }
  }
  if (counts.empty()) throw std::out_of_range{"the picture does not show this part"};
  const auto most = std::max_element(counts.begin(), counts.end(), [](auto& one, auto& other) {
    return one.second < other.second;
  });
  return {most->first[0], most->first[1], most->first[2]};
}

int picture::differences(const picture& other, int tolerance) const {
  if (area_.size != other.area_.size) {
    throw std::invalid_argument{"pictures of different sizes are not compared"};
  }
  int found = 0;
  for (std::size_t i = 0; i < pixels_.size(); ++i) {
    if (!similar(pixels_[i], other.pixels_[i], tolerance)) ++found;
  }
  return found;
}

std::filesystem::path picture::save(const std::string& name) const {
  std::string rows;
  for (int y = 0; y < area_.size.height; ++y) {
    rows += '\0';  // No filter.
    for (const colour shown :
         std::span{pixels_}.subspan(static_cast<std::size_t>(y) * area_.size.width,
                                    static_cast<std::size_t>(area_.size.width))) {
      rows += {static_cast<char>(shown.red), static_cast<char>(shown.green),
               static_cast<char>(shown.blue)};
    }
  }
  const std::string eight_bits_rgb{"\x08\x02\x00\x00\x00", 5};
  std::string file_name = name;
  for (char& letter : file_name) {
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0 && letter != '-') letter = '_';
  }
  const std::filesystem::path path = outputs_folder() / (file_name + ".png");
  std::ofstream{path, std::ios::binary}
      << "\x89PNG\r\n\x1a\n"
      << png_chunk("IHDR", big_endian(static_cast<std::uint32_t>(area_.size.width)) +
                               big_endian(static_cast<std::uint32_t>(area_.size.height)) +
                               eight_bits_rgb)
      << png_chunk("IDAT", compressed(rows)) << png_chunk("IEND", "");
  return path;
}

picture picture_of_screen() { return picture_of(whole_screen()); }

picture picture_of(const rectangle& part) {
  const rectangle seen = within(part, whole_screen());
  std::vector<colour> pixels;
  if (seen.size.width > 0 && seen.size.height > 0) {
    Display* const x = x_connection();
    XImage* image = XGetImage(x, DefaultRootWindow(x), seen.origin.x, seen.origin.y,
                              static_cast<unsigned>(seen.size.width),
                              static_cast<unsigned>(seen.size.height), AllPlanes, ZPixmap);
    if (image == nullptr) throw std::runtime_error{"the X server gives no picture"};
    for (int row = 0; row < seen.size.height; ++row) {
      for (int column = 0; column < seen.size.width; ++column) {
        pixels.push_back(
            colour::of(static_cast<std::uint32_t>(XGetPixel(image, column, row)) & 0xFFFFFFU));
      }
    }
    XDestroyImage(image);
  }
  return {seen, std::move(pixels)};
}

}  // namespace offstage::display
