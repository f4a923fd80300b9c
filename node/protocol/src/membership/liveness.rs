//! Who is asked whether it is still there, and who is taken for gone.
//!
//! Silence is no proof: of greetings and answers, 84 in 100 get lost where 60 in 100 datagrams do. So a silent member keeps
//! its places until it has been asked so often that loss alone does not explain it, and for 60 s at least.

use std::time::Duration;

use super::member::{Member, State};
use super::roster::Roster;
use crate::id::NodeId;

/// How long a member around may be silent before it is asked.
const NEAR_SILENT: Duration = Duration::from_secs(30);

/// How long another may be.
const ROUTE_SILENT: Duration = Duration::from_secs(60);

/// From one other member that is asked to the next.
const ROUTE_EVERY: Duration = Duration::from_secs(2);

/// From one question to a silent member to the next.
pub(super) const ASK_EVERY: Duration = Duration::from_millis(500);

/// Unanswered questions after which a member is suspected.
const ASKED_BEFORE_SUSPICION: u32 = 2;

/// How long a suspected member keeps its places at least.
const SUSPECTED_FOR: Duration = Duration::from_secs(60);

/// Unanswered questions before a member is taken for gone. Where 60 in 100 datagrams get lost, loss alone does that once in
/// 2 · 10^9 times.
const ASKED_BEFORE_GONE: u32 = 122;

/// From one that is gone and greeted all the same to the next.
const GONE_EVERY: Duration = Duration::from_secs(10);

/// How long those who are gone are remembered.
const GONE_FOR: Duration = Duration::from_secs(24 * 3_600);

/// The most members that are asked at one time.
const ASKED_AT_ONCE: usize = 64;

/// When nothing has come for so long, from anybody, the node itself may be cut off.
const DEAF_AFTER: Duration = Duration::from_secs(10);

/// What is to be done about silent members.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// These are to be greeted.
    pub(super) ask: Vec<NodeId>,
    /// These have just been taken for gone.
    pub(super) gone: Vec<NodeId>,
    /// These are to be forgotten.
    pub(super) forget: Vec<NodeId>,
    /// Somebody has not answered yet.
    pub(super) is_waiting: bool,
}

/// When whom was asked.
#[derive(Default)]
pub(super) struct Liveness {
    /// When anything came last, from anybody.
    heard: Duration,
    route_asked: Duration,
    gone_asked: Duration,
}

impl Liveness {
    /// Something has come from a member.
    pub(super) fn hear(&mut self, now: Duration) {
        self.heard = now;
    }

    /// Judges the silent.
    pub(super) fn poll(&mut self, roster: &mut Roster, now: Duration) -> Verdict {
        let is_deaf = now.saturating_sub(self.heard) > DEAF_AFTER;
        let mut verdict = Verdict::default();
        let mut due = Vec::new();
        for node in roster.iter().map(|(node, _)| node).collect::<Vec<_>>() {
            let is_near = roster.is_near(node);
            let Some(member) = roster.get_mut(node) else { continue };
            match judge(member, is_near, is_deaf, now) {
                Judgement::Wait => {}
                Judgement::Ask => due.push((member.asked_at, node)),
                Judgement::Gone => verdict.gone.push(node),
                Judgement::Forget => verdict.forget.push(node),
            }
            verdict.is_waiting |= member.asked > 0 && member.is_live();
        }
        // Those who have waited longest come first, so that a limit delays all alike.
        due.sort_unstable();
        verdict.ask.extend(due.into_iter().map(|(_, node)| node).take(ASKED_AT_ONCE));
        verdict.is_waiting |= !verdict.ask.is_empty();
        verdict.ask.extend(self.route(roster, now));
        verdict.ask.extend(self.gone(roster, now));
        for node in &verdict.ask {
            if let Some(member) = roster.get_mut(*node) {
                member.asked += 1;
                member.asked_at = now;
            }
        }
        verdict
    }

    /// The other member that has been silent longest, if one is due.
    fn route(&mut self, roster: &Roster, now: Duration) -> Option<NodeId> {
        if now < self.route_asked + ROUTE_EVERY {
            return None;
        }
        let is_silent = |member: &Member| member.asked == 0 && now >= member.heard + ROUTE_SILENT;
        let routes = roster.iter().filter(|(node, member)| member.is_live() && !roster.is_near(*node));
        let (node, _) =
            routes.filter(|(_, member)| is_silent(member)).min_by_key(|(_, member)| member.heard)?;
        self.route_asked = now;
        Some(node)
    }

    /// The one that is gone and has not been greeted for longest, if one is due.
    fn gone(&mut self, roster: &Roster, now: Duration) -> Option<NodeId> {
        if now < self.gone_asked + GONE_EVERY {
            return None;
        }
        let gone = roster.iter().filter(|(_, member)| member.is_gone());
        let (node, _) = gone.min_by_key(|(_, member)| member.asked_at)?;
        self.gone_asked = now;
        Some(node)
    }
}

/// What is to be done about one member.
enum Judgement {
    Wait,
    Ask,
    Gone,
    Forget,
}

fn judge(member: &mut Member, is_near: bool, is_deaf: bool, now: Duration) -> Judgement {
    let may_ask = now >= member.asked_at + ASK_EVERY;
    match member.state {
        State::Alive if member.asked == 0 => {
            let is_due = is_near && now >= member.heard + NEAR_SILENT;
            if is_due { Judgement::Ask } else { Judgement::Wait }
        }
        State::Alive if !may_ask => Judgement::Wait,
        State::Alive => {
            if member.asked >= ASKED_BEFORE_SUSPICION {
                member.state = State::Suspected { since: now };
            }
            Judgement::Ask
        }
        State::Suspected { .. } if is_deaf => {
            // Its silence says nothing while everybody is silent.
            member.state = State::Suspected { since: now };
            member.asked = ASKED_BEFORE_SUSPICION;
            if may_ask { Judgement::Ask } else { Judgement::Wait }
        }
        State::Suspected { since } if now >= since + SUSPECTED_FOR && member.asked >= ASKED_BEFORE_GONE => {
            Judgement::Gone
        }
        State::Suspected { .. } if may_ask => Judgement::Ask,
        State::Suspected { .. } => Judgement::Wait,
        State::Gone { since } if now >= since + GONE_FOR => Judgement::Forget,
        State::Gone { .. } => Judgement::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Peer};
    use crate::id::LinkId;
    use crate::keys::Keys;

    const SILENT: NodeId = NodeId::from_bytes([1; 16]);
    const OTHER: NodeId = NodeId::from_bytes([2; 16]);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn roster() -> Roster {
        let peers = [SILENT, OTHER].into_iter().zip(0..).map(|(id, link)| Peer { id, link: LinkId(link) });
        Roster::new(&Config::new(Keys::from_seed([9; 32]), peers.collect(), 1), Duration::ZERO)
    }

    /// Lets time pass in which the one member is silent and the other is heard, unless the node is deaf. Returns when the
    /// silent one was gone, and how often it was asked before.
    fn wait(is_deaf: bool, ticks: u32) -> Option<(Duration, usize)> {
        let mut roster = roster();
        let mut liveness = Liveness::default();
        let mut asked = 0;
        for now in (0..ticks).map(|tick| ASK_EVERY * tick) {
            if !is_deaf {
                roster.hear(OTHER, now);
                liveness.hear(now);
            }
            let verdict = liveness.poll(&mut roster, now);
            asked += verdict.ask.iter().filter(|&&node| node == SILENT).count();
            assert!(!verdict.ask.contains(&OTHER) || is_deaf);
            if verdict.gone.contains(&SILENT) {
                return Some((now, asked));
            }
        }
        None
    }

    #[test]
    fn a_silent_member_is_suspected_and_then_gone() {
        // Silent for 30 s, asked twice within one, suspected for 60 s.
        assert_eq!(wait(false, 1_000), Some((Duration::from_millis(91_000), 122)));
    }

    #[test]
    fn nobody_is_gone_while_the_node_is_cut_off() {
        assert_eq!(wait(true, 10_000), None);
    }

    #[test]
    fn a_sign_of_life_ends_suspicion() {
        let mut roster = roster();
        let mut liveness = Liveness::default();
        for now in (0..80).map(|tick| seconds(1) * tick) {
            liveness.hear(now);
            roster.hear(OTHER, now);
            liveness.poll(&mut roster, now);
        }
        assert!(matches!(roster.live(SILENT).map(|member| member.state), Some(State::Suspected { .. })));
        roster.hear(SILENT, seconds(80));
        assert_eq!(roster.live(SILENT).map(|member| member.state), Some(State::Alive));
        assert_eq!(liveness.poll(&mut roster, seconds(81)), Verdict::default());
    }

    #[test]
    fn the_gone_are_greeted_now_and_then_and_forgotten_after_a_day() {
        let mut roster = roster();
        let mut liveness = Liveness::default();
        roster.bury(SILENT, seconds(0));
        let mut asked = 0;
        for now in (0..24 * 3_600).map(seconds) {
            liveness.hear(now);
            roster.hear(OTHER, now);
            asked += liveness.poll(&mut roster, now).ask.len();
        }
        assert_eq!(asked, 24 * 360 - 1);
        assert_eq!(liveness.poll(&mut roster, seconds(24 * 3_600)).forget, [SILENT]);
    }
}
