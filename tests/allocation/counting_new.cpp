#include "tests/allocation/counting_new.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t made = 0;

} // namespace

std::size_t vaquero::test::allocations() noexcept { return made; }

void* operator new(std::size_t size) {
  ++made;
  if (auto* memory = std::malloc(size)) return memory;
  throw std::bad_alloc{};
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  ++made;
  const auto unit = static_cast<std::size_t>(alignment);
  if (auto* memory = std::aligned_alloc(unit, (size + unit - 1) / unit * unit)) return memory;
  throw std::bad_alloc{};
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++made;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
