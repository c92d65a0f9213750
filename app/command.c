#include "app/command.h"

#include <stdio.h>
#include <string.h>

#include "app/command_run.h"
#include "app/copy.h"
#include "app/palette.h"
#include "app/panel.h"
#include "app/plots.h"
#include "app/walk.h"
#include "render/screen.h"

/* ---- the table -------------------------------------------------------------------------- */

static const struct command commands[] = {
    { "next",
      COMMAND_STEP,
      { "Right", "PageDown", "Space", "Return", "N", "Down" },
      WORD("Next step"),
      run_next },
    { "previous",
      COMMAND_STEP,
      { "Left", "PageUp", "Backspace", "P", "Up", "Shift+Space" },
      WORD("Previous step"),
      run_previous },
    { "first", COMMAND_STEP, { "Home" }, WORD("First step"), run_first },
    { "last", COMMAND_STEP, { "End" }, WORD("Last step"), run_last },
    { "reveal", COMMAND_STEP, { "Q" }, WORD("Ask the question, show its answer"), run_reveal },
    { "play", COMMAND_STEP, { "K", "Ctrl+Space" }, WORD("Play or pause"), run_play },
    { "granularity",
      COMMAND_STEP,
      { "S" },
      WORD("Step automatically, by operation, line, phase or cell"),
      run_granularity },
    { "iteration-next",
      COMMAND_STEP,
      { "Ctrl+Right", "I" },
      WORD("One iteration on"),
      walk_next_iteration },
    { "iteration-previous",
      COMMAND_STEP,
      { "Ctrl+Left", "Shift+I" },
      WORD("One iteration back"),
      walk_previous_iteration },
    { "iterations-next",
      COMMAND_STEP,
      { "Ctrl+PageDown", "J" },
      WORD("Ten iterations on"),
      walk_ten_iterations },
    { "iterations-previous",
      COMMAND_STEP,
      { "Ctrl+PageUp", "Shift+J" },
      WORD("Ten iterations back"),
      walk_back_ten_iterations },
    { "loop-end", COMMAND_STEP, { "Ctrl+End" }, WORD("All iterations"), walk_loop_end },
    { "loop-start", COMMAND_STEP, { "Ctrl+Home" }, WORD("Before the loop"), walk_loop_start },
    { "backward-next", COMMAND_STEP, { "D" }, WORD("Next backward pass"), walk_next_backward },
    { "backward-previous",
      COMMAND_STEP,
      { "Shift+D" },
      WORD("Previous backward pass"),
      walk_previous_backward },
    { "error-next", COMMAND_STEP, { "F8" }, WORD("Next error"), walk_next_error },
    { "error-previous", COMMAND_STEP, { "Shift+F8" }, WORD("Previous error"), walk_previous_error },
    { "bookmark",
      COMMAND_STEP,
      { "Ctrl+F2", "Ctrl+D" },
      WORD("Set a bookmark, or take it away"),
      walk_toggle_bookmark },
    { "bookmark-next", COMMAND_STEP, { "F2" }, WORD("Next bookmark"), walk_next_bookmark },
    { "bookmark-previous",
      COMMAND_STEP,
      { "Shift+F2" },
      WORD("Previous bookmark"),
      walk_previous_bookmark },
    { "timeline-in",
      COMMAND_STEP,
      { "Alt+=", "Alt+Shift+=", "Alt++" },
      WORD("Zoom into the timeline (also the wheel)"),
      walk_zoom_in },
    { "timeline-out", COMMAND_STEP, { "Alt+-" }, WORD("Zoom out of the timeline"), walk_zoom_out },
    { "timeline-all", COMMAND_STEP, { "Alt+1" }, WORD("All of the timeline"), walk_zoom_all },
    { "zoom-in",
      COMMAND_LOOK,
      { "=", "Shift+=", "+" },
      WORD("Zoom in (also the wheel)"),
      run_zoom_in },
    { "zoom-out", COMMAND_LOOK, { "-" }, WORD("Zoom out"), run_zoom_out },
    { "zoom-fit", COMMAND_LOOK, { "0", "Z" }, WORD("Fit the graph"), run_zoom_fit },
    { "text-larger",
      COMMAND_LOOK,
      { "Ctrl+=", "Ctrl+Shift+=", "Ctrl++" },
      WORD("Larger text"),
      run_text_larger },
    { "text-smaller", COMMAND_LOOK, { "Ctrl+-" }, WORD("Smaller text"), run_text_smaller },
    { "text-normal", COMMAND_LOOK, { "Ctrl+0" }, WORD("Text as it was"), run_text_normal },
    { "pan-left", COMMAND_LOOK, { "Ctrl+Shift+Left" }, WORD("Graph: to the left"), run_pan_left },
    { "pan-right",
      COMMAND_LOOK,
      { "Ctrl+Shift+Right" },
      WORD("Graph: to the right"),
      run_pan_right },
    { "pan-up", COMMAND_LOOK, { "Ctrl+Shift+Up" }, WORD("Graph: up"), run_pan_up },
    { "pan-down", COMMAND_LOOK, { "Ctrl+Shift+Down" }, WORD("Graph: down"), run_pan_down },
    { "level", COMMAND_LOOK, { "G" }, WORD("Mathematics or PyTorch's own graph"), run_level },
    { "search", COMMAND_LOOK, { "/", "Ctrl+F" }, WORD("Search by name"), run_search },
    { "fold", COMMAND_LOOK, { "M" }, WORD("Open or close the module (also a click)"), run_fold },
    { "fold-all",
      COMMAND_LOOK,
      { "Shift+M" },
      WORD("Close all modules, or open what fits"),
      run_fold_all },
    { "ledger", COMMAND_PANELS, { "1" }, WORD("How it is computed"), run_tab_ledger },
    { "tensor", COMMAND_PANELS, { "2" }, WORD("Tensor"), run_tab_tensor },
    { "curve", COMMAND_PANELS, { "3" }, WORD("Curve"), run_tab_curve },
    { "output", COMMAND_PANELS, { "4" }, WORD("Output"), run_tab_output },
    { "curve-scale",
      COMMAND_PANELS,
      { "Y" },
      WORD("Linear or logarithmic curve"),
      run_curve_scale },
    { "stage", COMMAND_PANELS, { "W" }, WORD("Stage: graph, tensor or curve"), run_stage },
    { "stage-graph", COMMAND_PANELS, { "Ctrl+1" }, WORD("Stage: the graph"), run_stage_graph },
    { "stage-tensor", COMMAND_PANELS, { "Ctrl+2" }, WORD("Stage: the tensor"), run_stage_tensor },
    { "stage-plots", COMMAND_PANELS, { "Ctrl+3" }, WORD("Stage: the curves"), run_stage_plots },
    { "plot", COMMAND_PANELS, { "X" }, WORD("What stands beside the curve"), run_plot },
    { "fit", COMMAND_PANELS, { "Alt+X" }, WORD("Data and what the model says"), run_plot_fit },
    { "landscape",
      COMMAND_PANELS,
      { "Shift+X" },
      WORD("The landscape of the loss"),
      run_plot_landscape },
    { "race", COMMAND_PANELS, { "U" }, WORD("Race the optimizers on the landscape"), run_race },
    { "race-faster",
      COMMAND_PANELS,
      { "Shift+U" },
      WORD("Race: twice the learning rate"),
      run_race_faster },
    { "race-slower",
      COMMAND_PANELS,
      { "Ctrl+U" },
      WORD("Race: half the learning rate"),
      run_race_slower },
    { "tab", COMMAND_PANELS, { "Ctrl+Tab", "`" }, WORD("Next tab"), run_tab },
    { "tabs", COMMAND_PANELS, { "Ctrl+J" }, WORD("Show or hide the tabs"), panel_toggle_tabs },
    { "lesson",
      COMMAND_PANELS,
      { "Ctrl+B" },
      WORD("Show or hide the lesson"),
      panel_toggle_lesson },
    { "alone", COMMAND_PANELS, { "F" }, WORD("The graph alone"), run_alone },
    { "lesson-wider",
      COMMAND_PANELS,
      { "Alt+Right" },
      WORD("Wider lesson (or drag its edge)"),
      run_lesson_wider },
    { "lesson-narrower",
      COMMAND_PANELS,
      { "Alt+Left" },
      WORD("Narrower lesson"),
      run_lesson_narrower },
    { "tabs-taller",
      COMMAND_PANELS,
      { "Alt+Up" },
      WORD("Taller tabs (or drag their edge)"),
      run_tabs_taller },
    { "tabs-lower", COMMAND_PANELS, { "Alt+Down" }, WORD("Lower tabs"), run_tabs_lower },
    { "panels-reset", COMMAND_PANELS, { "Alt+0" }, WORD("Panels as they come"), panel_reset },
    { "tabs-down", COMMAND_PANELS, { "Shift+PageDown" }, WORD("Tab: down"), run_tabs_down },
    { "tabs-up", COMMAND_PANELS, { "Shift+PageUp" }, WORD("Tab: up"), run_tabs_up },
    { "focus-next",
      COMMAND_PANELS,
      { "Tab" },
      WORD("Next button or card; Enter presses it"),
      run_focus_next },
    { "focus-previous",
      COMMAND_PANELS,
      { "Shift+Tab" },
      WORD("Previous button or card"),
      run_focus_previous },
    { "region-next", COMMAND_PANELS, { "F6" }, WORD("Next region"), run_region_next },
    { "region-previous",
      COMMAND_PANELS,
      { "Shift+F6" },
      WORD("Previous region"),
      run_region_previous },
    { "code",
      COMMAND_LOOK,
      { "C" },
      WORD("Code while presenting: strip, column, hidden"),
      run_code },
    { "code-up",
      COMMAND_LOOK,
      { "Ctrl+Up" },
      WORD("Scroll the code up (also the wheel)"),
      run_code_up },
    { "copy", COMMAND_LOOK, { "Ctrl+C" }, WORD("Copy the marked code"), copy_code },
    { "code-down", COMMAND_LOOK, { "Ctrl+Down" }, WORD("Scroll the code down"), run_code_down },
    { "check", COMMAND_LOOK, { "V" }, WORD("Check the gradient by finite differences"), run_check },
    { "cell-left",
      COMMAND_LOOK,
      { "Shift+Left" },
      WORD("Choose the element to the left"),
      run_cell_left },
    { "cell-right",
      COMMAND_LOOK,
      { "Shift+Right" },
      WORD("Choose the element to the right"),
      run_cell_right },
    { "cell-up", COMMAND_LOOK, { "Shift+Up" }, WORD("Choose the element above"), run_cell_up },
    { "cell-down",
      COMMAND_LOOK,
      { "Shift+Down" },
      WORD("Choose the element below (also a click)"),
      run_cell_down },
    { "theme", COMMAND_SHOW, { "T" }, WORD("Light, dark or projector theme"), run_theme },
    { "language", COMMAND_SHOW, { "L" }, WORD("Tiếng Việt / English"), run_language },
    { "present", COMMAND_SHOW, { "F5" }, WORD("Present on this screen"), run_present },
    { "leave", COMMAND_SHOW, { "Escape" }, WORD("Leave presenting, close help"), run_leave },
    { "fullscreen", COMMAND_SHOW, { "F11" }, WORD("Full screen"), run_fullscreen },
    { "reduced-motion", COMMAND_SHOW, { "Alt+M" }, WORD("Motion on or off"), run_motion },
    { "commands",
      COMMAND_SHOW,
      { "Ctrl+K", "Ctrl+Shift+P" },
      WORD("All commands, to search (also a right click)"),
      palette_toggle },
    { "help", COMMAND_SHOW, { "F1", "Shift+/", "?", "H" }, WORD("This help"), run_help },
    { "run", COMMAND_FILE, { "R", "Ctrl+R" }, WORD("Run the lesson again"), run_again },
    { "change",
      COMMAND_FILE,
      { "A" },
      WORD("Change a number in the code (also a click on it)"),
      run_change },
    { "restore", COMMAND_FILE, { "Shift+A" }, WORD("All numbers as in the file"), run_restore },
    { "stop", COMMAND_FILE, { "Ctrl+." }, WORD("Stop the running lesson"), run_stop },
    { "start",
      COMMAND_FILE,
      { "Alt+Home", "O" },
      WORD("Start page with all lessons, and back"),
      run_start },
    { "start-search",
      COMMAND_FILE,
      { "Ctrl+Shift+F" },
      WORD("Search all lessons"),
      run_start_search },
    { "open", COMMAND_FILE, { "Ctrl+O" }, WORD("Open a file"), run_open },
    { "begin", COMMAND_FILE, { "Ctrl+N" }, WORD("The next lesson of the course"), run_begin },
    { "export", COMMAND_FILE, { "E", "Ctrl+E" }, WORD("Write a picture of this step"), run_export },
    { "quit", COMMAND_FILE, { "Ctrl+Q", "Ctrl+W" }, WORD("Quit"), run_quit },
};

const struct command *command_at(size_t index)
{
    return index < sizeof(commands) / sizeof(commands[0]) ? &commands[index] : NULL;
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; command_at(i); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

const struct command *command_for_key(const char *key)
{
    for (size_t i = 0; command_at(i); i++) {
        for (size_t k = 0; k < COMMAND_KEYS && commands[i].keys[k]; k++) {
            if (strcmp(commands[i].keys[k], key) == 0) {
                return &commands[i];
            }
        }
    }
    return NULL;
}

const char *command_key_shown(const char *key, char *out)
{
    static const char *const shown[][2] = {
        { "Right", "→" }, { "Left", "←" },       { "Up", "↑" },
        { "Down", "↓" },  { "Return", "Enter" }, { "Escape", "Esc" },
    };
    const char *const sign = strlen(key) > 1 ? strrchr(key, '+') : NULL;
    const char *const last = sign && sign[1] ? sign + 1 : key;
    const char *name = last;

    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        name = strcmp(last, shown[i][0]) == 0 ? shown[i][1] : name;
    }
    snprintf(out, COMMAND_KEY_SIZE, "%.*s%s", (int)(last - key), key, name);
    return out;
}

const struct command *command_for_button(int64_t button)
{
    static const char *const names[BUTTON_COUNT] = {
        [BUTTON_PREVIOUS] = "previous",
        [BUTTON_PLAY] = "play",
        [BUTTON_NEXT] = "next",
        [BUTTON_GRANULARITY] = "granularity",
        [BUTTON_LEVEL] = "level",
        [BUTTON_LANGUAGE] = "language",
        [BUTTON_THEME] = "theme",
        [BUTTON_PRESENT] = "present",
        [BUTTON_RUN] = "run",
        [BUTTON_HELP] = "help",
        [BUTTON_TAB_LEDGER] = "ledger",
        [BUTTON_TAB_OUTPUT] = "output",
        [BUTTON_TAB_CURVE] = "curve",
        [BUTTON_CURVE_SCALE] = "curve-scale",
        [BUTTON_COMMANDS] = "commands",
        [BUTTON_LESSON] = "lesson",
        [BUTTON_TABS] = "tabs",
        [BUTTON_ALONE] = "alone",
        [BUTTON_CHECK] = "check",
        [BUTTON_START] = "start",
        [BUTTON_START_SEARCH] = "start-search",
        [BUTTON_REVEAL] = "reveal",
        [BUTTON_OPEN] = "open",
        [BUTTON_BEGIN] = "begin",
        [BUTTON_PLOT_LANDSCAPE] = "landscape",
        [BUTTON_RACE] = "race",
        [BUTTON_PLOT_FIT] = "fit",
        [BUTTON_STAGE_GRAPH] = "stage-graph",
        [BUTTON_STAGE_TENSOR] = "stage-tensor",
        [BUTTON_TAB_TENSOR] = "tensor",
        [BUTTON_STAGE_PLOTS] = "stage-plots",
    };

    return button >= 0 && button < BUTTON_COUNT ? command_find(names[button]) : NULL;
}
