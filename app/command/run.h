#pragma once
/* What commands do: one function a row of the table in command.c, which says what each is for. */

struct app;

/* command_step.c: stepping, and the lesson as a file. */
void run_next(struct app *app);
void run_previous(struct app *app);
void run_first(struct app *app);
void run_last(struct app *app);
void run_reveal(struct app *app);
void run_play(struct app *app);
void run_granularity(struct app *app);
void run_again(struct app *app);
void run_stop(struct app *app);
void run_start(struct app *app);
void run_open(struct app *app);
void run_begin(struct app *app);
void run_start_search(struct app *app);
void run_change(struct app *app);
void run_restore(struct app *app);
void run_export(struct app *app);
void run_quit(struct app *app);

/* command_look.c: the graph, the panels, the keyboard, the whole window. */
void run_zoom_in(struct app *app);
void run_zoom_out(struct app *app);
void run_zoom_fit(struct app *app);
void run_text_larger(struct app *app);
void run_text_smaller(struct app *app);
void run_fold(struct app *app);
void run_fold_all(struct app *app);
void run_search(struct app *app);
void run_level(struct app *app);
void run_text_normal(struct app *app);
void run_pan_left(struct app *app);
void run_pan_right(struct app *app);
void run_pan_up(struct app *app);
void run_pan_down(struct app *app);
void run_tab(struct app *app);
void run_tab_ledger(struct app *app);
void run_tab_output(struct app *app);
void run_tab_curve(struct app *app);
void run_tab_tensor(struct app *app);
void run_curve_scale(struct app *app);
void run_stage(struct app *app);
void run_stage_graph(struct app *app);
void run_stage_plots(struct app *app);
void run_stage_tensor(struct app *app);
void run_lesson_wider(struct app *app);
void run_lesson_narrower(struct app *app);
void run_tabs_taller(struct app *app);
void run_tabs_lower(struct app *app);
void run_tabs_down(struct app *app);
void run_tabs_up(struct app *app);
void run_alone(struct app *app);
void run_code_up(struct app *app);
void run_code_down(struct app *app);
void run_focus_next(struct app *app);
void run_focus_previous(struct app *app);
void run_region_next(struct app *app);
void run_region_previous(struct app *app);
void run_check(struct app *app);
void run_cell_left(struct app *app);
void run_cell_right(struct app *app);
void run_cell_up(struct app *app);
void run_cell_down(struct app *app);
void run_code(struct app *app);
void run_theme(struct app *app);
void run_language(struct app *app);
void run_present(struct app *app);
void run_blank(struct app *app);
void run_blank_white(struct app *app);
void run_leave(struct app *app);
void run_fullscreen(struct app *app);
void run_motion(struct app *app);
void run_help(struct app *app);
