// What main_test.py runs: a program with two handlers, topics, and nothing else of its own.
#include "handlers/echo.hpp"
#include "handlers/hello.hpp"

#include <vaquero/main.hpp>

int main(int argc, char** argv) {
  return vaquero::main(argc, argv,
                       {vaquero::handler<vaquero::echo>("parrot"),
                        vaquero::handler<vaquero::hello>("greeter"),
                        vaquero::serve_topics("news")});
}
