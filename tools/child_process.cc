#include "tools/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "core/error_host.h"

namespace slim {
namespace {

constexpr int kWaits = 1000;    // for the first line
constexpr int kEndWaits = 300;  // after SIGTERM
constexpr auto kWait = std::chrono::milliseconds(10);

// What waitpid says of a child, whatever interrupts it.
pid_t WaitFor(pid_t child, int* status, int flags) {
  pid_t ended = -1;
  do {
    ended = waitpid(child, status, flags);
  } while (ended < 0 && errno == EINTR);
  return ended;
}

int OpenToWrite(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) throw Failure(path + ": cannot be opened to write: " + strerror(errno));
  return file;
}

// The last line that is not empty.
std::string LastWords(const std::string& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& arguments, const std::string& out)
    : name_("slimsplit " + arguments.at(0)), out_(out) {
  std::vector<char*> argv = {const_cast<char*>("slimsplit")};
  for (const std::string& each : arguments) argv.push_back(const_cast<char*>(each.c_str()));
  argv.push_back(nullptr);
  const int output = OpenToWrite(out), talk = OpenToWrite(out + ".log");
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    // Only what is safe after a fork of a process with threads.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(126);  // it ended before it could be heard of
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    dup2(output, STDOUT_FILENO);
    dup2(talk, STDERR_FILENO);
    execv("/proc/self/exe", argv.data());
    _exit(127);
  }
  const int error = errno;
  close(output);
  close(talk);
  if (pid_ < 0) throw Failure(name_ + ": no new process: " + strerror(error));
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  kill(pid_, SIGTERM);
  for (int i = 0; i < kEndWaits; ++i) {
    if (WaitFor(pid_, nullptr, WNOHANG) != 0) return;
    std::this_thread::sleep_for(kWait);
  }
  kill(pid_, SIGKILL);
  WaitFor(pid_, nullptr, 0);
}

bool ChildProcess::IsRunning() {
  if (pid_ < 0) return false;
  int status = 0;
  const pid_t ended = WaitFor(pid_, &status, WNOHANG);
  if (ended == 0) return true;
  pid_ = -1;
  if (ended < 0) FailEnded(strerror(errno));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) FailEnded(LastWords(out_ + ".log"));
  return false;
}

void ChildProcess::MustRun() {
  if (!IsRunning()) FailEnded(LastWords(out_ + ".log"));
}

void ChildProcess::Wait() {
  while (IsRunning()) std::this_thread::sleep_for(kWait);
}

void ChildProcess::FailEnded(const std::string& how) {
  throw Failure(name_ + " ended early: " + (how.empty() ? "it said nothing" : how));
}

std::string ChildProcess::FirstLine() {
  for (int i = 0; i < kWaits; ++i) {
    std::string line;
    std::ifstream file(out_);
    if (std::getline(file, line) && !file.eof()) return line;
    if (!IsRunning()) break;
    std::this_thread::sleep_for(kWait);
  }
  throw Failure(name_ + " did not say where it listens; see " + out_ + ".log");
}

void RunChild(const std::vector<std::string>& arguments, const std::string& out) {
  ChildProcess(arguments, out).Wait();
}

}  // namespace slim
