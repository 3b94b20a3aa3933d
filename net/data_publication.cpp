#include "net/data_publication.hpp"

#include "net/websocket/deflate_pool.hpp"
#include "net/websocket/frame_encoder.hpp"

#include <algorithm>
#include <stdexcept>

namespace vaquero {

namespace {

constexpr std::size_t control_payload_max = 125; // RFC 6455 section 5.5

} // namespace

void check_control_frame(std::string_view data, opcode type) {
  if (type != opcode::ping && type != opcode::pong)
    throw std::invalid_argument{"send_data sends text, binary, ping and pong"};
  if (data.size() > control_payload_max)
    throw std::invalid_argument{"a ping or pong holds at most 125 bytes"};
}

data_publication::data_publication(std::string_view topic_name, std::string_view data,
                                   const data_options& how)
    : publication(topic_name, how.key), type_(how.type), header_(frame_header_size(data.size())) {
  frame_.reserve(header_ + data.size());
  append_frame(frame_, type_, data);
}

const caf::message& data_publication::message() const {
  std::call_once(is_made_, [this] {
    message_ = caf::make_message(published_data{topic(), std::string{data()}, type_, key()});
  });
  return message_;
}

namespace {

void append(frame_batch& to, opcode type, std::string_view payload, std::string_view key) {
  const auto at = to.storage.size();
  append_frame(to.storage, type, payload);
  const auto end = to.storage.size();
  to.frames.push_back({type, at, end - payload.size(), end, key});
}

bool is_worth_compressing(const data_publication& what, std::size_t min_size) {
  return !is_control(what.type()) && !what.data().empty() && what.data().size() >= min_size;
}

} // namespace

frame_forms::frame_forms(std::vector<const data_publication*> of) : of_(std::move(of)) {
  if (of_.size() == 1) {
    const auto& only = *of_.front();
    const auto size = only.frame().size();
    plain_.bytes = only.frame();
    plain_.frames.push_back({only.type(), 0, size - only.data().size(), size, only.key()});
    return;
  }
  for (const auto* each : of_)
    append(plain_, each->type(), each->data(), each->key());
  plain_.bytes = plain_.storage;
}

const frame_batch& frame_forms::compressed(const compression& how, deflate_pool& pool) {
  const auto known = std::ranges::find_if(compressed_, [&](const compressed_form& x) {
    return x.window_bits == how.window_bits && x.min_size == how.min_size &&
           x.options == how.options;
  });
  if (known != compressed_.end()) return known->batch;
  auto& batch =
      compressed_.emplace_back(compressed_form{how.options, how.min_size, how.window_bits, {}})
          .batch;
  for (const auto* each : of_) {
    auto type = each->type();
    auto payload = each->data();
    if (is_worth_compressing(*each, how.min_size)) {
      auto& message = pool.deflated();
      message.clear(deflate_pool::kept_capacity_max);
      pool.compressor(how.options, how.window_bits).deflate(payload, message);
      if (message.size() < payload.size()) {
        type = with_rsv1(type);
        const auto bytes = message.bytes();
        payload = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
      }
    }
    append(batch, type, payload, each->key());
  }
  batch.bytes = batch.storage;
  return batch;
}

} // namespace vaquero
