#include "bench/support/child.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace vaquero::bench {

namespace {

unique_fd memory_file(const char* name) {
  unique_fd file(memfd_create(name, MFD_CLOEXEC));
  if (file.get() < 0) throw std::runtime_error(std::string("memfd_create: ") + strerror(errno));
  return file;
}

std::string contents(int fd) {
  std::string text;
  char part[4096];
  ssize_t got;
  while ((got = pread(fd, part, sizeof part, static_cast<off_t>(text.size()))) > 0)
    text.append(part, static_cast<std::size_t>(got));
  return text;
}

} // namespace

command_line split_command(const std::string& text) {
  command_line words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (char c : text) {
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t') {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) throw std::invalid_argument("a quote is not closed in: " + text);
  if (in_word) words.push_back(word);
  if (words.empty()) throw std::invalid_argument("the command line is empty");
  return words;
}

child_process::child_process(const command_line& command, std::optional<int> cpu)
    : output_(memory_file("stdout")), errors_(memory_file("stderr")) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  unique_fd failure(ends[0]);
  unique_fd failure_in(ends[1]);
  pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error(std::string("fork: ") + strerror(errno));
  if (pid_ == 0) run(command, cpu, parent, ends[1]);
  failure_in.reset();
  // The pipe closes without a word when exec succeeds: CLOEXEC.
  int reason = 0;
  if (read(failure.get(), &reason, sizeof reason) == static_cast<ssize_t>(sizeof reason)) {
    waitpid(pid_, nullptr, 0);
    throw std::runtime_error("cannot start '" + command.front() + "': " + strerror(reason));
  }
}

void child_process::run(const command_line& command, std::optional<int> cpu, pid_t parent,
                        int failure) const {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
#ifdef PR_SET_PTRACER
  // strace attaches as a sibling, which Yama refuses where this is not set.
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
#endif
  // A group of its own keeps the terminal's SIGINT away: the owner ends it, in order.
  setpgid(0, 0);
  if (cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(*cpu), &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  dup2(output_.get(), STDOUT_FILENO);
  dup2(errors_.get(), STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : command)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments.front(), arguments.data());
  int reason = errno;
  ssize_t written = write(failure, &reason, sizeof reason);
  _exit(written > 0 ? 127 : 126);
}

child_process::~child_process() { stop(); }

std::string child_process::output() const { return contents(output_.get()); }

std::string child_process::errors() const { return contents(errors_.get()); }

bool child_process::running() {
  int status = 0;
  if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return !status_;
}

void child_process::signal(int number) {
  if (running()) kill(pid_, number);
}

int child_process::wait(const deadline& limit) {
  while (running())
    limit.pause("a child process to end");
  return *status_;
}

void child_process::stop() {
  signal(SIGTERM);
  // No deadline here: this also runs while the exception of one unwinds.
  for (int tries = 0; tries < 200 && running(); ++tries)
    usleep(10'000);
  if (!running()) return;
  kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  status_ = status;
}

std::string run_command(const command_line& command, const deadline& limit) {
  child_process child(command);
  if (child.wait(limit) != 0)
    throw std::runtime_error("'" + command.front() + "' failed: " + child.errors());
  return child.output();
}

} // namespace vaquero::bench
