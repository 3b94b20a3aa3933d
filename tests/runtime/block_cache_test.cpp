// Blocks that are used again: by their thread, by another one, and by nobody twice at a time.
#include "runtime/detail/block_cache.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <malloc.h>
#include <set>
#include <thread>
#include <vector>

using vaquero::detail::block_cache;

namespace {

std::vector<void*> allocate(std::size_t count, std::size_t bytes) {
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < count; ++i) {
    blocks.push_back(block_cache::allocate(bytes));
    std::memset(blocks.back(), 0x55, bytes);
  }
  return blocks;
}

void free_all(const std::vector<void*>& blocks, std::size_t bytes) {
  for (void* each : blocks)
    block_cache::free(each, bytes);
}

} // namespace

TEST_CASE("a block is nobody else's until it is freed, on whichever thread", "[block_cache]") {
  // More than the threads and the stock keep, of each kind of size.
  constexpr auto many = (block_cache::batches_max + 4) * block_cache::batch + 1;
  for (std::size_t bytes :
       {std::size_t{1}, std::size_t{96}, block_cache::bytes_max, block_cache::bytes_max + 1}) {
    CAPTURE(bytes);
    auto first = allocate(many, bytes);
    CHECK(std::set(first.begin(), first.end()).size() == many);
    std::thread{[&] { free_all(first, bytes); }}.join();
    auto kept = allocate(many, bytes);
    std::vector<void*> others;
    std::thread{[&] { others = allocate(many, bytes); }}.join();
    std::set both(kept.begin(), kept.end());
    both.insert(others.begin(), others.end());
    CHECK(both.size() == 2 * many);
    free_all(kept, bytes);
    free_all(others, bytes);
  }
}

TEST_CASE("a thread's blocks outlive it", "[block_cache]") {
  std::vector<void*> blocks;
  std::thread{[&] {
    blocks = allocate(3 * block_cache::batch, 64);
    free_all(allocate(2 * block_cache::batch, 64), 64);
  }}.join();
  for (void* each : blocks)
    CHECK(*static_cast<unsigned char*>(each) == 0x55);
  free_all(blocks, 64);
}

#if !defined(__SANITIZE_ADDRESS__) &&                                                              \
    !defined(__SANITIZE_THREAD__) // which have no cache, and a malloc of their own
TEST_CASE("a thread that only frees keeps nothing beyond its end", "[block_cache]") {
  constexpr auto few = block_cache::batch - 2; // less than what makes it give some away
  std::thread{[] {}}.join();                   // what the first thread takes for good
  const auto blocks = allocate(few, block_cache::bytes_max);
  const auto before = mallinfo2().uordblks;
  std::thread{[&] { free_all(blocks, block_cache::bytes_max); }}.join();
  CHECK(mallinfo2().uordblks + few * block_cache::bytes_max <= before);
}
#endif
