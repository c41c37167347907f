package bench

import "math"

// LogTimes are the logarithms of the arm's time in each complete unit: the median over its blocks of the
// block's time, which the statistic of the setting makes of its runs. They are what measurements that were
// made apart can be compared by.
func (a ArmRecord) LogTimes(statistic string) []float64 {
	of := location(statistic)
	logs := []float64{}
	for _, u := range a.Units {
		if !u.Complete || len(u.Blocks) == 0 {
			continue
		}
		var all unit
		for _, b := range u.Blocks {
			if len(b.Nanoseconds) > 0 {
				all.blocks = append(all.blocks, block{wall: [][]int64{b.Nanoseconds}})
			}
		}
		if len(all.blocks) > 0 {
			logs = append(logs, math.Log(typical([]unit{all}, 0, of)))
		}
	}
	return logs
}
