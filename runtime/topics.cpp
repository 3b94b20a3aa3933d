#include "runtime/topics.hpp"

#include "runtime/topic_site.hpp"
#include "runtime/verbs.hpp"

namespace vaquero {

using detail::running_process;

namespace {

topic_directory& of_running() { return running_process().home().topics(); }

/// Whether the command waits for the end of a callback on the pool.
bool is_put_off(process& self, const std::function<void()>& command) {
  auto* site = self.subscribes_at();
  return site && site->puts_off(self, command);
}

} // namespace

bool subscribe(std::string_view filter, const subscription_options& how) {
  auto& self = running_process();
  check_topic_filter(filter, of_running().bounds());
  return is_put_off(self, [name = std::string{filter}, how] { subscribe(name, how); }) ||
         of_running().subscribe(self, filter, how);
}

bool unsubscribe(std::string_view filter) {
  auto& self = running_process();
  check_topic_filter(filter, of_running().bounds());
  return is_put_off(self, [name = std::string{filter}] { unsubscribe(name); }) ||
         of_running().unsubscribe(self, filter);
}

namespace detail {

void post(node& home, std::shared_ptr<const publication> what, caf::strong_actor_ptr sender,
          const publish_options& how) {
  if (how.retain == retain_policy::keep_last_of_key && how.key.empty())
    throw std::invalid_argument{"badarg: the last value of a key needs a key that is not empty"};
  check_topic_key(how.key, home.topics().bounds());
  auto* self = process::current();
  auto made = std::make_shared<posting>();
  made->what = std::move(what);
  made->sender = std::move(sender);
  if (how.except_self) made->excepted = self;
  auto* site = self ? self->subscribes_at() : nullptr;
  check_topic_name(made->what->topic(), home.topics().bounds());
  auto command = [&home, self, site, made, retain = how.retain] {
    home.topics().publish(made, retain);
    if (site) site->has_published(*self);
  };
  if (!site || !site->puts_off(*self, command)) command();
}

void publish(node& home, std::string_view topic, caf::message content, std::size_t bytes,
             const publish_options& how) {
  auto* self = process::current();
  post(home, std::make_shared<message_publication>(topic, how.key, std::move(content), bytes),
       self ? caf::strong_actor_ptr{self->ctrl()} : nullptr, how);
}

void publish(std::string_view topic, caf::message content, std::size_t bytes,
             const publish_options& how) {
  publish(running_process().home(), topic, std::move(content), bytes, how);
}

} // namespace detail

bool forget_last(node& home, std::string_view topic) {
  return home.topics().forget_last(topic, std::nullopt);
}
bool forget_last(node& home, std::string_view topic, std::string_view key) {
  return home.topics().forget_last(topic, key);
}
bool forget_last(std::string_view topic) { return forget_last(running_process().home(), topic); }
bool forget_last(std::string_view topic, std::string_view key) {
  return forget_last(running_process().home(), topic, key);
}

std::size_t subscriber_count(node& home, std::string_view filter) {
  const auto found = home.topics().info(filter);
  return found ? found->subscribers : 0;
}
std::size_t subscriber_count(std::string_view filter) {
  return subscriber_count(running_process().home(), filter);
}

std::vector<std::string> topics(node& home) { return home.topics().open_topics(); }

std::optional<topic_info> info_of_topic(node& home, std::string_view filter) {
  return home.topics().info(filter);
}

monitor_ref monitor_topics() { return of_running().monitor(running_process()); }

bool demonitor_topics(monitor_ref ref) { return of_running().demonitor(running_process(), ref); }

} // namespace vaquero
