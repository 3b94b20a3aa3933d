// What a machine does, from files as Linux writes them.
#include "handlers/host.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

using namespace vaquero;

namespace {

/// A folder like /proc, gone with the object.
class proc_folder {
 public:
  proc_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "host_test.XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("cannot make " + name);
    path = name;
    std::filesystem::create_directory(path / "net");
  }
  ~proc_folder() { std::filesystem::remove_all(path); }

  void write(const char* file, const char* text) const { std::ofstream(path / file) << text; }

  std::filesystem::path path;
};

} // namespace

TEST_CASE("the load is the mean of the last minute", "[host]") {
  proc_folder proc;
  proc.write("loadavg", "0.52 1.25 2.00 3/512 4711\n");
  CHECK(read_host(proc.path).load == 0.52);
}

TEST_CASE("memory that can be freed at once is not used", "[host]") {
  proc_folder proc;
  proc.write("meminfo", "MemTotal:        2048 kB\nMemFree:          100 kB\n"
                        "MemAvailable:     512 kB\nHugePages_Total:       0\n");
  const auto host = read_host(proc.path);
  CHECK(host.memory_total == 2048 * 1024);
  CHECK(host.memory_used == 1536 * 1024);
}

TEST_CASE("network bytes are summed over all interfaces", "[host]") {
  proc_folder proc;
  proc.write("net/dev", "Inter-|   Receive                |  Transmit\n"
                        " face |bytes packets errs drop fifo frame compressed multicast|bytes\n"
                        "    lo: 1000 10 0 0 0 0 0 0 1000 10 0 0 0 0 0 0\n"
                        "  eth0:5000000000 20 0 0 0 0 0 0 70 8 0 0 0 0 0 0\n");
  const auto host = read_host(proc.path);
  CHECK(host.received == 5'000'001'000);
  CHECK(host.sent == 1070);
}

TEST_CASE("what a machine does not tell is 0", "[host]") {
  proc_folder proc;
  const auto host = read_host(proc.path);
  CHECK(host.load == 0);
  CHECK(host.memory_used == 0);
  CHECK(host.received == 0);
}

TEST_CASE("this machine tells its memory", "[host]") {
  CHECK(read_host().memory_total > 0);
}
