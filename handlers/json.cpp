// Boost.JSON itself, compiled once: Debian's Boost headers are enough then.
#include <boost/json/src.hpp>
