#include "net/websocket/deflate_pool.hpp"

#include <algorithm>

namespace vaquero {

namespace {

constexpr int largest_window = 15; // reads what was written for any smaller one
constexpr bool keeps_context = false;

} // namespace

deflater& deflate_pool::compressor(const deflate_options& options, int window_bits) {
  const auto found = std::find_if(compressors_.begin(), compressors_.end(), [&](const entry& each) {
    return each.window_bits == window_bits && each.options == options;
  });
  if (found != compressors_.end()) {
    std::rotate(compressors_.begin(), found, found + 1);
  } else {
    auto stream = std::make_unique<deflater>(options, window_bits, keeps_context);
    if (compressors_.size() == compressors_max) compressors_.pop_back();
    compressors_.insert(compressors_.begin(), {options, window_bits, std::move(stream)});
  }
  return *compressors_.front().stream;
}

inflater& deflate_pool::decompressor() {
  if (!decompressor_) decompressor_ = std::make_unique<inflater>(largest_window, keeps_context);
  return *decompressor_;
}

} // namespace vaquero
