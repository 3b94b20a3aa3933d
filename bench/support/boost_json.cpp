// Boost.JSON compiled here, once: the benchmarks need no Boost library beside the headers.
#include <boost/json/src.hpp>
