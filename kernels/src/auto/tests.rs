use super::*;

fn one_thread() -> Threads {
    Threads::new(Some(1)).unwrap()
}

fn choice(auto: &Auto, task: Task, terms: u64) -> (bool, String) {
    let (device, why) = auto.device_for(task, terms, Processor::Scalar, &one_thread());
    (device.is_some(), why)
}

#[test]
fn little_work_looks_for_no_device() {
    let auto = Auto::default();
    let (taken, why) = choice(&auto, Task::Swarm, WORTH_A_LOOK - 1);
    assert!(!taken && why.contains("too few"), "{why}");
    assert!(auto.device.lock().unwrap().is_none());
}

#[cfg(gpu)]
mod with_a_device {
    use super::*;

    /// A software adapter, which the test command installs; says so where there is none.
    fn software(what: &str) -> Option<Arc<Gpu>> {
        let gpu = Gpu::open(Some("llvmpipe")).ok();
        if gpu.is_none() {
            eprintln!("NOT RUN: {what}: there is no software adapter");
        }
        gpu
    }

    #[test]
    fn a_device_can_be_timed_against_the_processor() {
        let Some(gpu) = software("timing for auto") else { return };
        let largest = WORTH_A_LOOK;
        let crossover = measure::measure(Processor::Scalar, &one_thread(), &gpu, largest).unwrap();
        assert!(crossover.into_iter().flatten().all(|terms| terms == largest), "{crossover:?}");
    }

    #[test]
    fn a_lost_device_is_not_taken_again() {
        let Some(gpu) = software("auto with a lost device") else { return };
        let auto = Auto::default();
        auto.pretend(gpu.clone(), [Some(1 << 22), None]);
        assert!(choice(&auto, Task::Swarm, 1 << 22).0);
        gpu.lose();
        assert!(gpu.wait().is_err());
        let (taken, why) = choice(&auto, Task::Swarm, 1 << 22);
        assert!(!taken && why.contains("no GPU: device 'llvmpipe"), "{why}");
    }

    #[test]
    fn the_winner_is_taken_and_the_loser_is_not() {
        let Some(gpu) = software("auto with a device") else { return };
        let auto = Auto::default();
        auto.pretend(gpu, [Some(1 << 30), None]);
        assert!(choice(&auto, Task::Swarm, 1 << 30).0);
        let (taken, why) = choice(&auto, Task::Swarm, (1 << 30) - 1);
        assert!(!taken && why.contains("wins from 1073741824 terms on"), "{why}");
        let (taken, why) = choice(&auto, Task::Pairwise, 1 << 40);
        assert!(!taken && why.contains("lost at every size"), "{why}");
        // A software adapter is never opened unasked.
        assert!(Gpu::open_best().map_or(true, |best| !best.is_software()));
    }
}
