#pragma once
/* Where in a trace we stand, and how we move: a state machine that is told the seconds. It looks at
 * the stops and nothing else. */

#include "lessons/trace/stops.h"

/* A step forward moves for this long before it rests: the flow along the edges, then the number. */
static const double PLAYER_FLOW_SECONDS = 0.6;
static const double PLAYER_LAND_SECONDS = 0.2;

struct player {
    enum stop_granularity granularity;
    uint32_t moment;
    bool playing;
    double pace; /* seconds from one stop to the next while playing */
    bool reduced_motion;

    double since_step; /* seconds since the last step */
    bool backwards;    /* the last step went back */
    bool undoing;      /* the step's motion runs back; at its end stands the step before */
};

void player_init(struct player *player);

/* One stop on or back at the player's granularity. A step forward during a motion finishes it and
 * steps. False when there is no stop there. */
bool player_next(struct player *player, const struct stops *stops);
bool player_previous(struct player *player, const struct stops *stops);

/* Undoes the step: its motion runs back, then it is the step before. Without motion that is a step back. */
void player_undo(struct player *player, const struct stops *stops);

void player_first(struct player *player, const struct stops *stops);
void player_last(struct player *player, const struct stops *stops);
/* To a moment that is a stop or not; rests at once. */
void player_jump(struct player *player, uint32_t moment);

/* Starts at the first stop again when it stands on the last one. */
void player_toggle_play(struct player *player, const struct stops *stops);
void player_set_granularity(struct player *player, enum stop_granularity granularity);

/* Time passes. True when what is on screen changes: a motion goes on or a step was taken. */
bool player_tick(struct player *player, const struct stops *stops, double seconds);

/* 0 … 1 of the motion of the last step; 1 is the resting frame. */
double player_progress(const struct player *player);

/* Position among the stops of the granularity, from 1; 0 before the first. */
size_t player_position(const struct player *player, const struct stops *stops);
