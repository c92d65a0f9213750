#include "app/player.h"

static const double PLAYER_PACE = 1.4;

void player_init(struct player *player)
{
    *player = (struct player){
        .granularity = STOP_AUTO,
        .pace = PLAYER_PACE,
        .since_step = PLAYER_FLOW_SECONDS + PLAYER_LAND_SECONDS,
    };
}

static void rest(struct player *player)
{
    player->since_step = PLAYER_FLOW_SECONDS + PLAYER_LAND_SECONDS;
}

void player_jump(struct player *player, uint32_t moment)
{
    player->backwards = moment < player->moment;
    player->moment = moment;
    player->undoing = false;
    rest(player);
}

static bool go_to(struct player *player, const struct stops *stops, size_t index)
{
    if (index >= stops_count(stops, player->granularity)) {
        return false;
    }
    player_jump(player, stops_at(stops, player->granularity, index)->moment);
    return true;
}

/* A motion back ends where it leads to. */
static void finish_undoing(struct player *player, const struct stops *stops)
{
    if (player->undoing) {
        player_previous(player, stops);
    }
}

bool player_next(struct player *player, const struct stops *stops)
{
    finish_undoing(player, stops);
    const size_t now = stops_index_at(stops, player->granularity, player->moment);

    if (!go_to(player, stops, now == SIZE_MAX ? 0 : now + 1)) {
        player->playing = false;
        rest(player);
        return false;
    }
    player->since_step = player->reduced_motion ? player->since_step : 0;
    return true;
}

bool player_previous(struct player *player, const struct stops *stops)
{
    const size_t now = stops_index_at(stops, player->granularity, player->moment);

    player->playing = player->undoing = false;
    if (now == SIZE_MAX) {
        return false;
    }
    /* From between two stops, back means to the one just passed. */
    if (stops_at(stops, player->granularity, now)->moment < player->moment) {
        return go_to(player, stops, now);
    }
    return now > 0 && go_to(player, stops, now - 1);
}

void player_undo(struct player *player, const struct stops *stops)
{
    const size_t now = stops_index_at(stops, player->granularity, player->moment);

    if (player->reduced_motion || now == SIZE_MAX || now == 0 || player->undoing) {
        player_previous(player, stops);
        return;
    }
    player->playing = player->backwards = false;
    player->undoing = true;
    player->since_step = 0;
}

void player_first(struct player *player, const struct stops *stops)
{
    player->playing = false;
    if (stops_count(stops, player->granularity) > 0) {
        go_to(player, stops, 0);
    }
}

void player_last(struct player *player, const struct stops *stops)
{
    const size_t count = stops_count(stops, player->granularity);

    player->playing = false;
    if (count > 0) {
        go_to(player, stops, count - 1);
    }
}

void player_toggle_play(struct player *player, const struct stops *stops)
{
    const size_t count = stops_count(stops, player->granularity);

    player->playing = !player->playing && count > 0;
    if (player->playing &&
        stops_index_at(stops, player->granularity, player->moment) + 1 == count) {
        go_to(player, stops, 0);
    }
}

void player_set_granularity(struct player *player, enum stop_granularity granularity)
{
    player->granularity = granularity;
}

bool player_tick(struct player *player, const struct stops *stops, double seconds)
{
    const double motion = PLAYER_FLOW_SECONDS + PLAYER_LAND_SECONDS;
    const bool moving = player->since_step < motion;

    player->since_step += seconds;
    if (player->undoing && player->since_step >= motion) {
        finish_undoing(player, stops);
        return true;
    }
    if (player->playing && player->since_step >= player->pace) {
        player_next(player, stops);
        return true;
    }
    return moving;
}

double player_progress(const struct player *player)
{
    const double done = player->since_step / (PLAYER_FLOW_SECONDS + PLAYER_LAND_SECONDS);

    return done >= 1 ? 1 : player->undoing ? 1 - done : done;
}

size_t player_position(const struct player *player, const struct stops *stops)
{
    const size_t index = stops_index_at(stops, player->granularity, player->moment);

    return index == SIZE_MAX ? 0 : index + 1;
}
