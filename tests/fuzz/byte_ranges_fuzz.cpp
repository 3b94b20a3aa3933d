// Feeds arbitrary Range headers of a file whose size is the first byte: what is asked for lies in the file,
// nothing of it twice, and asking for just that is answered the same.
#include "net/http/byte_ranges.hpp"
#include "tests/fuzz/check.hpp"

#include <string>

using namespace vaquero;
using vaquero::testing::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint64_t file_size = data[0];
  const std::string_view header{reinterpret_cast<const char*>(data + 1), size - 1};
  const auto ranges = requested_ranges(header, file_size);
  if (!ranges || ranges->empty()) return 0;
  check(ranges->size() <= ranges_max);
  std::string again = "bytes=";
  std::string sent(file_size, '-');
  for (const auto& [begin, count] : *ranges) {
    check(count > 0 && begin < file_size && count <= file_size - begin);
    check(begin == 0 || sent[begin - 1] == '-'); // or they would be one
    check(begin + count == file_size || sent[begin + count] == '-');
    check(sent.find('x', begin) >= begin + count);
    sent.replace(begin, count, count, 'x');
    again += std::to_string(begin) + "-" + std::to_string(begin + count - 1) + ",";
  }
  check(requested_ranges(again, file_size) == ranges);
  return 0;
}
