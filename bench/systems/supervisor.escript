#!/usr/bin/env escript
%% Restarts per second of a trivial gen_server under OTP's supervisor: supervisor.escript <times>. A supervisor looks through its
%% history at each restart, so there is a new one for every hundred: what is compared is the restart.
-mode(compile).
-export([init/1, start_child/1, handle_call/3, handle_cast/2]).

main([Given]) ->
    logger:set_primary_config(level, none),
    Times = list_to_integer(Given),
    batches(Times),
    Begin = erlang:monotonic_time(nanosecond),
    batches(Times),
    Took = erlang:monotonic_time(nanosecond) - Begin,
    io:format("~.1f~n", [Times * 1.0e9 / Took]).

batches(Times) when Times =< 0 ->
    ok;
batches(Times) ->
    {ok, Supervisor} = supervisor:start_link(?MODULE, {supervisor, self()}),
    restarts(up(), 100),
    unlink(Supervisor),
    exit(Supervisor, shutdown),
    batches(Times - 100).

restarts(_, 0) ->
    ok;
restarts(Child, Times) ->
    exit(Child, crash),
    restarts(up(), Times - 1).

up() ->
    receive {up, Child} -> Child end.

init({supervisor, Test}) ->
    Child = #{id => child, start => {?MODULE, start_child, [Test]}},
    {ok, {#{strategy => one_for_one, intensity => 1000000, period => 1}, [Child]}};
init({child, Test}) ->
    Test ! {up, self()},
    {ok, none}.

start_child(Test) ->
    gen_server:start_link(?MODULE, {child, Test}, []).

handle_call(_, _, State) ->
    {reply, ok, State}.

handle_cast(_, State) ->
    {noreply, State}.
