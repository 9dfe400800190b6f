// How each sub-command of `slimsplit` adds itself to the command line.
#ifndef SLIMSPLIT_TOOLS_COMMAND_H_
#define SLIMSPLIT_TOOLS_COMMAND_H_

#include <CLI/CLI.hpp>
#include <functional>

#include "tools/global_options.h"

namespace slim {

// Adds a sub-command; `*run` is set to its work when the command line names it. Work throws
// slim::Error.
using AddCommand = void (*)(CLI::App& app, const GlobalOptions& global, std::function<void()>* run);

void AddImportCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run);
void AddTrainCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run);
void AddInspectCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run);
void AddDoctorCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run);
void AddCalibrateCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run);
void AddDemoCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run);
void AddExportCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run);
void AddEmulateLinkCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run);
void AddServeCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run);
void AddDeviceCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run);
void AddReportCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run);
void AddMakeKeyCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run);
void AddEvalCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_COMMAND_H_
